//! The one table: in which status which post may take which action. Buttons and guards both read it.
//!
//! A new action does not compile until it has its row; a cell that is not named is closed. The golden matrix in
//! `tests/matrix.csv` asserts every cell.

use doudi_registry::Post;

use crate::status::{Action, Status};

type Posts = &'static [Post];

const NOBODY: Posts = &[];
/// Who goes to families.
const FIELD: Posts =
    &[Post::VillageWorker, Post::SocialWorker, Post::TownshipClerk, Post::TownshipHead, Post::CountyOfficer];
const CLERK: Posts = &[Post::TownshipClerk];
const TOWNSHIP: Posts = &[Post::TownshipClerk, Post::TownshipHead];
const HEAD: Posts = &[Post::TownshipHead];
const HELPERS: Posts = &[Post::SocialWorker, Post::TownshipClerk];
const OFFICES: Posts = &[Post::TownshipClerk, Post::CountyOfficer];
const FIRST_HELP: Posts = &[Post::TownshipClerk, Post::TownshipHead, Post::CountyOfficer];
const LISTENERS: Posts = &[Post::VillageWorker, Post::SocialWorker, Post::TownshipClerk, Post::CountyOfficer];
/// Which of them it is, the level of the decision says.
const DECIDERS: Posts = &[Post::TownshipHead, Post::CountyOfficer, Post::CityOfficer];

/// While the township gathers what it needs for its opinion.
const UNDER_SURVEY: &[Status] = &[Status::Accepted, Status::Checked, Status::Returned];

/// Posts that may take an action in a status; empty where the action does not exist there.
#[must_use]
pub fn posts(status: Status, action: Action) -> Posts {
    use Action as A;
    use Status as S;
    let (statuses, posts): (&[Status], Posts) = match action {
        A::Assign => (
            &[S::Task, S::Visited, S::Applied, S::Supplement, S::Accepted, S::Checked, S::Returned],
            TOWNSHIP,
        ),
        // A visit is recorded whenever it arrives: what comes too late is kept as a supplementary record.
        A::RecordVisit => (Status::ALL, FIELD),
        A::CloseLead => (&[S::Visited], HELPERS),
        A::Accept => (&[S::Visited, S::Applied, S::Supplement], CLERK),
        A::RequestSupplement => (&[S::Visited, S::Applied], CLERK),
        A::RegisterKin => (
            &[
                S::Visited,
                S::Applied,
                S::Supplement,
                S::Accepted,
                S::Checked,
                S::Proposed,
                S::Publicity,
                S::Deciding,
                S::Returned,
                S::Helped,
            ],
            OFFICES,
        ),
        A::RequestCheck => (UNDER_SURVEY, CLERK),
        A::RecordCheck => (UNDER_SURVEY, OFFICES),
        A::ProposeApprove => (&[S::Checked, S::Returned], CLERK),
        A::ProposeRefuse => (UNDER_SURVEY, CLERK),
        A::StartPublicity => (&[S::Proposed], TOWNSHIP),
        A::RecordObjection => (&[S::Publicity, S::Deciding, S::Confirmed, S::Refused], LISTENERS),
        A::Submit => (&[S::Proposed, S::Publicity], TOWNSHIP),
        A::Return if status == S::Proposed => (&[S::Proposed], HEAD),
        A::Return | A::Confirm | A::Refuse => (&[S::Deciding], DECIDERS),
        A::Withdraw => (
            &[
                S::Applied,
                S::Supplement,
                S::Accepted,
                S::Checked,
                S::Proposed,
                S::Publicity,
                S::Deciding,
                S::Returned,
            ],
            OFFICES,
        ),
        A::GiveFirstHelp => {
            (&[S::Task, S::Visited, S::Applied, S::Supplement, S::Accepted, S::Checked], FIRST_HELP)
        }
        A::BackFill => (&[S::Helped], HELPERS),
        A::RecordNotice => (&[S::Confirmed, S::Refused], OFFICES),
    };
    if statuses.contains(&status) { posts } else { NOBODY }
}
