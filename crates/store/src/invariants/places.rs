//! I8: whose every row is.

use super::Found;
use crate::{Store, StoreResult};

const ORPHANS: [(&str, &str); 5] = [
    (
        "household in no division",
        "SELECT CAST(h.id AS TEXT) FROM households h LEFT JOIN divisions d ON d.code = h.division WHERE d.code IS NULL ORDER BY h.id",
    ),
    (
        "case in no division",
        "SELECT CAST(c.id AS TEXT) FROM cases c LEFT JOIN divisions d ON d.code = c.division WHERE d.code IS NULL ORDER BY c.id",
    ),
    (
        "lead in no division",
        "SELECT CAST(l.id AS TEXT) FROM leads l LEFT JOIN divisions d ON d.code = l.division WHERE d.code IS NULL ORDER BY l.id",
    ),
    (
        "staff in no division",
        "SELECT CAST(s.id AS TEXT) FROM staff s LEFT JOIN divisions d ON d.code = s.division WHERE d.code IS NULL ORDER BY s.id",
    ),
    (
        "notice in no division",
        "SELECT CAST(n.id AS TEXT) FROM notices n LEFT JOIN divisions d ON d.code = n.division WHERE d.code IS NULL ORDER BY n.id",
    ),
];

const WITHOUT_HOUSEHOLD: [(&str, &str); 4] = [
    (
        "case of no household",
        "SELECT CAST(c.id AS TEXT) FROM cases c LEFT JOIN households h ON h.id = c.household WHERE h.id IS NULL ORDER BY c.id",
    ),
    (
        "award of no household",
        "SELECT CAST(a.id AS TEXT) FROM awards a LEFT JOIN households h ON h.id = a.household WHERE h.id IS NULL ORDER BY a.id",
    ),
    (
        "member of no household",
        "SELECT CAST(m.person AS TEXT) FROM memberships m LEFT JOIN households h ON h.id = m.household WHERE h.id IS NULL ORDER BY m.person",
    ),
    (
        "division under no division",
        "SELECT d.code FROM divisions d LEFT JOIN divisions p ON p.code = d.parent WHERE d.parent IS NOT NULL AND p.code IS NULL AND EXISTS (SELECT 1 FROM divisions u WHERE u.level < d.level) ORDER BY d.code",
    ),
];

impl Store {
    /// I8: households, cases, leads, staff and notices are in a division that exists; what is of a household has one.
    pub(super) async fn owned_by_divisions(&self) -> StoreResult<Found> {
        let counted = self
            .number(
                "SELECT CAST((SELECT count(*) FROM households) + (SELECT count(*) FROM cases) + (SELECT count(*) FROM leads) + (SELECT count(*) FROM staff) + (SELECT count(*) FROM notices) AS BIGINT)",
            )
            .await?;
        let mut broken = self.named_all(&ORPHANS).await?;
        broken.extend(self.named_all(&WITHOUT_HOUSEHOLD).await?);
        Ok((counted, broken))
    }
}
