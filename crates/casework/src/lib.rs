//! 办理: cases, procedures, deadlines, visits, decisions and notices.
//!
//! Pure: `today`, ids and facts are arguments, changes are return values. The heart is one exhaustive table
//! of status × action × post ([`table::posts`]); it draws the buttons ([`offer::offers`]) and guards every
//! command ([`act::act`]). No path leads to an adverse decision without a [`decision::HumanDecision`].

pub mod act;
pub mod calendar;
pub mod case;
pub mod command;
pub mod deadline;
pub mod decision;
pub mod guard;
pub mod kin;
pub mod notice;
pub mod offer;
pub mod procedure;
pub mod retention;
pub mod staff;
pub mod status;
pub mod stop;
pub mod table;
pub mod text;
pub mod visit;

pub use act::{Changed, Context, act, open};
pub use calendar::{Roll, WorkingCalendar};
pub use case::{Case, Event, Grant, NewCase, Opinion, Origin};
pub use command::Command;
pub use deadline::{Chip, Deadline};
pub use decision::{Decision, HumanDecision, RefusalGround};
pub use doudi_registry::Post;
pub use notice::{Notice, NoticeKind};
pub use offer::{Offer, offers};
pub use procedure::{Limit, Milestone, Procedure};
pub use staff::{Actor, Level};
pub use status::{Action, Status};
pub use stop::{Stop, stop};
pub use text::{Bilingual, Refusal, RefusalKind};
pub use visit::{Answer, Correction, Surveyor, Told, Unanswered, Visit};
