//! 发放: what is paid. Awards become the lines of a monthly roster; a second person seals it; the bank file goes
//! out and the return file comes in; each step posts balanced entries in fen.
//!
//! Pure: no database, no clock, no randomness. A line's id is derived from what it pays, so building a roster
//! twice cannot pay twice.

pub mod award;
pub mod bank;
pub mod difference;
pub mod ledger;
pub mod line;
pub mod period;
pub mod refusal;
pub mod roster;

pub use award::{Award, Beneficiary, Kind};
pub use bank::{BankFile, Payee, ReturnFile, ReturnRow};
pub use difference::{Change, Difference, Differences};
pub use ledger::{Account, Balances, Entry, Transaction, TransactionKind};
pub use line::{Line, LineEvent, LineId, LineState, Purpose};
pub use refusal::{Refusal, Text};
pub use roster::{Acknowledged, NewRoster, Officer, Roster, RosterAction, RosterState, Seal, Sealed, Totals};
