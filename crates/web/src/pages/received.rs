//! 正在享受: what a family receives and how it is paid, in one set of words for its page and for the copy that it takes.

use doudi_casework::procedure::PayKind;
use doudi_policy::{Fen, Month};
use doudi_registry::HouseholdId;

use crate::ctx::Ctx;
use crate::error::WebError;
use crate::lang::money;

/// One kind of help.
pub(super) struct Received {
    /// Title of the programme.
    pub(super) programme: String,
    /// First month.
    pub(super) from: Month,
    /// Last month, where one is set for everybody.
    pub(super) to: Option<Month>,
    /// How many people it covers.
    pub(super) people: usize,
    /// Money a month, or once; zero for a recognition without money.
    pub(super) amount: Fen,
    /// All of it in a sentence.
    pub(super) words: String,
}

/// What a family receives now, and what is confirmed and begins next month.
pub(super) async fn of(ctx: &Ctx, household: HouseholdId) -> Result<Vec<Received>, WebError> {
    let (l, state) = (ctx.l(), ctx.state());
    let month = ctx.today().month();
    let outcomes = state.law().outcome_titles(ctx.today());
    let plan = state.law().plan(month, ctx.today())?;
    let mut rows = state.store().receiving_of(household, month).await?;
    let next = state.store().receiving_of(household, month.plus(1)).await?;
    rows.extend(next.into_iter().filter(|r| r.from > month));
    let mut kinds: Vec<(&str, bool)> = rows.iter().map(|r| (r.programme.as_str(), r.from > month)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut out = Vec::with_capacity(kinds.len());
    for (programme, coming) in kinds {
        let of: Vec<_> =
            rows.iter().filter(|r| (r.programme.as_str(), r.from > month) == (programme, coming)).collect();
        let amount = of.iter().try_fold(Fen::ZERO, |sum, r| sum.checked_add(r.amount)).unwrap_or(Fen::ZERO);
        let from = of.iter().map(|r| r.from).min().unwrap_or(month);
        let open = of.iter().any(|r| r.to.is_none());
        let once = state.law().procedure(&plan, programme).is_ok_and(|p| p.pay_kind == PayKind::Once);
        let since = l.month(from);
        let words = match (once, amount) {
            (_, Fen::ZERO) => l.f2("{} 人，自 {} 起", of.len(), since),
            (true, _) => l.f3("{} 人，一次性 {} 元，{}", of.len(), money(amount), since),
            (false, _) => l.f3("{} 人，每月 {} 元，自 {} 起", of.len(), money(amount), since),
        };
        out.push(Received {
            programme: outcomes.get(l, programme),
            from,
            to: of.iter().filter_map(|r| r.to).max().filter(|_| !open),
            people: of.len(),
            amount,
            words,
        });
    }
    Ok(out)
}
