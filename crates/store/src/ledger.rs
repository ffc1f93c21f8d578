//! The book: double entry in fen, appended and never changed. No function here updates or deletes.

use doudi_payment::{Account, Entry, LineId, Transaction, TransactionKind};
use doudi_policy::Fen;
use doudi_registry::RosterId;

use crate::db::{Tx, args};
use crate::{Store, StoreError, StoreResult};

fn kind_from(id: &str) -> Option<TransactionKind> {
    use TransactionKind::{Acknowledge, Reissue, Seal, Send};
    [Seal, Send, Acknowledge, Reissue].into_iter().find(|k| k.id() == id)
}

fn account_from(id: &str) -> Option<Account> {
    Account::ALL.iter().copied().find(|a| a.id() == id)
}

/// Posts a voucher after checking that it balances.
pub(crate) async fn post(tx: &mut Tx, voucher: &Transaction) -> StoreResult<()> {
    voucher.check()?;
    let position = tx.take_ids("ledger", 1).await?;
    tx.execute(
        "INSERT INTO ledger (id, position, kind, roster, happened_on) VALUES ($1, $2, $3, $4, $5)",
        args![&voucher.id, position, voucher.kind.id(), voucher.roster, voucher.on],
    )
    .await
    .map_err(|e| {
        e.or_duplicate(
            "这张凭证已经记过账，没有重复记账",
            "this voucher was posted before and was not posted again",
        )
    })?;
    let entries: Vec<(i64, &Entry)> = (1..).zip(&voucher.entries).collect();
    tx.bulk(
        "INSERT INTO ledger_entries (voucher, position, account, line, debit, credit) VALUES",
        6,
        "",
        &entries,
        |args, (n, e)| {
            args.push(&voucher.id)?;
            args.push(*n)?;
            args.push(e.account.id())?;
            args.push(&e.line.0)?;
            args.push(e.debit)?;
            args.push(e.credit)
        },
    )
    .await?;
    Ok(())
}

impl Store {
    /// Balance of each account in fen: credits less debits.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn balances(&self) -> StoreResult<Vec<(Account, Fen)>> {
        self.db
            .fetch(
                "SELECT account, CAST(coalesce(sum(credit - debit), 0) AS BIGINT) FROM ledger_entries GROUP BY account ORDER BY account",
                args![],
                |c| Ok((c.code(account_from)?, Fen(c.int()?))),
            )
            .await
    }

    /// The vouchers of a roster, in the order of posting.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn vouchers(&self, roster: RosterId) -> StoreResult<Vec<Transaction>> {
        let heads = self
            .db
            .fetch(
                "SELECT id, kind, roster, happened_on FROM ledger WHERE roster = $1 ORDER BY position",
                args![roster],
                |c| {
                    Ok(Transaction {
                        id: c.text()?,
                        kind: c.code(kind_from)?,
                        roster: RosterId(c.int()?),
                        on: c.parse()?,
                        entries: Vec::new(),
                    })
                },
            )
            .await?;
        let mut vouchers = Vec::with_capacity(heads.len());
        for mut head in heads {
            head.entries = self
                .db
                .fetch(
                    "SELECT account, line, debit, credit FROM ledger_entries WHERE voucher = $1 ORDER BY position",
                    args![&head.id],
                    |c| {
                        Ok(Entry {
                            account: c.code(account_from)?,
                            line: LineId(c.text()?),
                            debit: Fen(c.int()?),
                            credit: Fen(c.int()?),
                        })
                    },
                )
                .await?;
            vouchers.push(head);
        }
        Ok(vouchers)
    }

    /// Looks over the whole book: every voucher balances, and so do all of them together; a line that is not
    /// voided has its people live, a voided one has not. Gives what is wrong; empty is sound.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn check_book(&self) -> StoreResult<Vec<String>> {
        let mut wrong = self
            .db
            .fetch(
                "SELECT voucher FROM ledger_entries GROUP BY voucher HAVING sum(debit) <> sum(credit)",
                args![],
                |c| Ok(format!("voucher {} does not balance", c.text()?)),
            )
            .await?;
        wrong.extend(
            self.db
                .fetch(
                    "SELECT DISTINCT l.id FROM roster_lines l JOIN line_persons p ON p.line = l.id \
                     WHERE p.live <> CASE WHEN l.state = 'voided' THEN 0 ELSE 1 END",
                    args![],
                    |c| Ok(format!("line {} and its people differ", c.text()?)),
                )
                .await?,
        );
        let sum: i128 = self.balances().await?.iter().map(|(_, fen)| i128::from(fen.0)).sum();
        if sum != 0 {
            wrong.push(format!("the book is off by {sum} fen"));
        }
        Ok(wrong)
    }
}

impl From<Vec<doudi_payment::Refusal>> for StoreError {
    fn from(refusals: Vec<doudi_payment::Refusal>) -> Self {
        let join = |pick: fn(&doudi_payment::Refusal) -> &String| {
            refusals.iter().map(|r| pick(r).as_str()).collect::<Vec<_>>().join("\n")
        };
        Self::refused(join(|r| &r.zh), join(|r| &r.en))
    }
}

impl From<doudi_payment::Refusal> for StoreError {
    fn from(refusal: doudi_payment::Refusal) -> Self {
        Self::refused(refusal.zh, refusal.en)
    }
}

impl From<doudi_casework::Refusal> for StoreError {
    fn from(refusal: doudi_casework::Refusal) -> Self {
        Self::Case(refusal)
    }
}
