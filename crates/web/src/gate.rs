//! 门: asks the rules ([`doudi_access::policy`]) before a page is made. Who somebody is comes from the database with
//! every request; where a thing lies and who had a hand in it is read from the store, never from the request.

use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use doudi_access::policy::{Area, Ask, CaseTies, Decision, Object};
use doudi_casework::Case;
use doudi_policy::{Date, DivisionCode};
use doudi_registry::{AssessmentId, CaseId, HouseholdId, LeadId, Post, RosterId, Staff, StaffId};

use crate::arrival::Arrival;
use crate::ctx::Ctx;
use crate::error::WebError;
use crate::reads::recorded;
use crate::routes::{Place, Who};
use crate::state::AppState;

/// A division with all that it lies in.
#[must_use]
pub fn area(code: &DivisionCode) -> Area {
    let up = std::iter::successors(Some(code.clone()), DivisionCode::parent);
    Area::new(up.map(|c| c.as_str().to_owned()))
}

/// What a request is about, as the store knows it.
pub enum Found {
    /// A list of the person's own area, or something new in it.
    Own(Area),
    /// A household.
    Household(i64, Area),
    /// A lead.
    Lead(i64, Area),
    /// A case with those who stand in a relation to it.
    Case(i64, Area, CaseTies),
    /// A roster of a county and who made it.
    Roster(i64, Area, i64),
    /// An erasure, the household that it is about, and who put it forward.
    Erasure(i64, i64, Area, i64),
    /// The account of a member of staff, and whether it is an administrator's.
    Account(i64, Area, bool),
    /// A change of an administrator's account, who put it forward, and whose it is if somebody is on file.
    AccountChange(i64, Area, i64, Option<i64>),
    /// The interface of a department.
    Service(i64, Area),
}

impl Found {
    fn object(&self) -> Object<'_> {
        match self {
            Self::Own(area) => Object::Area(area),
            Self::Household(id, area) => Object::Household(*id, area),
            Self::Lead(id, area) => Object::Lead(*id, area),
            Self::Case(id, area, ties) => Object::Case(*id, area, ties),
            Self::Roster(id, area, maker) => Object::Roster(*id, area, *maker),
            Self::Erasure(id, _, area, proposer) => Object::Erasure(*id, area, *proposer),
            Self::Account(whose, area, administrator) => Object::Account(*whose, area, *administrator),
            Self::AccountChange(id, area, proposer, whose) => {
                Object::AccountChange(*id, area, *proposer, *whose)
            }
            Self::Service(id, area) => Object::Service(*id, area),
        }
    }

    /// Something of this kind in somebody's own area to which they stand in no relation; but what they would withdraw they
    /// have put forward.
    fn plain(place: Place, staff: &Staff, action: &str) -> Self {
        let own = area(&staff.division);
        match place {
            Place::Own => Self::Own(own),
            Place::Household | Place::Assessment | Place::Reveal | Place::Query => Self::Household(0, own),
            Place::Lead => Self::Lead(0, own),
            Place::Case | Place::CaseStep => {
                let ties = CaseTies { decides: staff.post.id().to_owned(), ..CaseTies::default() };
                Self::Case(0, own, ties)
            }
            Place::Roster => Self::Roster(0, own, 0),
            Place::Erasure => Self::Erasure(0, 0, own, 0),
            Place::Account => Self::Account(0, own, false),
            Place::AccountChange => {
                let proposer = if action == "account.withdraw" { staff.id.0 } else { 0 };
                Self::AccountChange(0, own, proposer, None)
            }
            Place::Service => Self::Service(0, own),
        }
    }

    /// What an address names.
    ///
    /// # Errors
    /// `NotFound`, or when store or law cannot be read.
    pub async fn load(
        state: &AppState,
        today: Date,
        staff: &Staff,
        place: Place,
        id: i64,
    ) -> Result<Self, WebError> {
        let store = state.store();
        Ok(match place {
            Place::Own => Self::Own(area(&staff.division)),
            Place::Household | Place::Reveal => household(state, HouseholdId(id)).await?,
            Place::Query => household(state, store.source_query(id).await?.household).await?,
            Place::Assessment => {
                let kept = store.assessment(AssessmentId(id)).await?;
                household(state, kept.household).await?
            }
            Place::Lead => Self::Lead(id, area(&store.lead(LeadId(id)).await?.division)),
            Place::Case | Place::CaseStep => {
                let case = store.case(CaseId(id)).await?;
                let ties = ties(state, today, &case)?;
                Self::Case(id, area(&case.division), ties)
            }
            Place::Roster => {
                let made_by = store.roster_state(RosterId(id)).await?.made_by;
                let county = county_of(state, made_by.0).await?;
                Self::Roster(id, area(&county), made_by.0)
            }
            Place::Erasure => {
                let erasure = store.erasure(id).await?;
                let found = store.household(erasure.household).await?.ok_or(WebError::NotFound)?;
                Self::Erasure(id, found.id.0, area(&found.division), erasure.proposed_by.0)
            }
            Place::Account => {
                let staff = store.staff(StaffId(id)).await?.ok_or(WebError::NotFound)?;
                Self::Account(id, area(&staff.division), staff.post.is_administrator())
            }
            Place::AccountChange => {
                let change = store.account_change(id).await?;
                let whose = change.owner().map(|s| s.0);
                Self::AccountChange(id, area(&change.whose.division), change.proposed_by.0, whose)
            }
            Place::Service => Self::Service(id, area(&store.service_of(id).await?.division)),
        })
    }
}

async fn household(state: &AppState, id: HouseholdId) -> Result<Found, WebError> {
    let found = state.store().household(id).await?.ok_or(WebError::NotFound)?;
    Ok(Found::Household(id.0, area(&found.division)))
}

/// The county whose roster somebody made: where the maker works.
async fn county_of(state: &AppState, maker: i64) -> Result<DivisionCode, WebError> {
    let maker = state.staff(maker).await?.ok_or(WebError::NotFound)?;
    Ok(maker.division.at_level(3).unwrap_or(maker.division))
}

fn ties(state: &AppState, today: Date, case: &Case) -> Result<CaseTies, WebError> {
    let law = state.law();
    let plan = law.plan(today.month(), today)?;
    let procedure = law.procedure(&plan, &case.programme)?;
    let visitors = case.visits.iter().flat_map(|v| &v.surveyors).map(|s| s.staff.0).collect();
    Ok(CaseTies {
        kin: case.kin.iter().filter_map(|k| k.staff).map(|s| s.0).collect(),
        hands: case.hands().into_iter().map(|s| s.0).collect(),
        visitors,
        assigned: case.assigned.map(|s| s.0),
        proposer: case.opinion().map(|o| o.by.0),
        decides: case.decision_level(procedure).post().id().to_owned(),
    })
}

/// The answer of the rules for a person, an action and a thing.
#[must_use]
pub fn decide(state: &AppState, staff: &Staff, action: &str, found: &Found) -> Decision {
    let own = area(&staff.division);
    let ask = Ask { staff: staff.id.0, post: staff.post.id(), area: &own, action, object: found.object() };
    state.access().decide(&ask)
}

/// Whether somebody's post does such a thing at all: in their own area, to something they have no part in.
#[must_use]
pub fn post_may(state: &AppState, staff: &Staff, action: &str, place: Place) -> bool {
    decide(state, staff, action, &Found::plain(place, staff, action)).is_allowed()
}

/// One line of the table, as the layer in front of its handler.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) who: Who,
    pub(crate) state: AppState,
}

/// Lets a request through to its handler, or answers why not.
pub(crate) async fn guard(
    State(gate): State<Gate>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    if gate.who == Who::Public {
        return next.run(request).await;
    }
    let params: Vec<(String, String)> = params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    if let Who::Service(scope) = gate.who {
        return crate::api::gate::guard(&gate.state, scope, &params, request, next).await;
    }
    let ctx = request.extensions().get::<Ctx>().cloned();
    let arrival = request.extensions().get::<Arrival>().cloned();
    let (Some(ctx), Some(arrival)) = (ctx, arrival) else {
        return WebError::internal("request without context").into_response();
    };
    let path = request.uri().path().to_owned();
    match pass(&ctx, &arrival, gate.who, &params).await {
        Ok(Some(subject)) => recorded(&ctx, subject, path, next.run(request).await).await,
        Ok(None) => next.run(request).await,
        Err(error) => crate::refusals::recorded(&ctx, gate.who, &params, error).await,
    }
}

/// Lets through or not, and says whom the page is about; `None` where it is about nobody.
async fn pass(
    ctx: &Ctx,
    arrival: &Arrival,
    who: Who,
    params: &[(String, String)],
) -> Result<Option<String>, WebError> {
    let (action, place) = match who {
        Who::Staff if ctx.staff().is_some() || ctx.roles_allowed() => return Ok(None),
        Who::Account if arrival.account.as_ref().is_some_and(|a| !a.first) => return Ok(None),
        Who::Staff | Who::Account => return Err(WebError::NoRole),
        Who::Public | Who::Service(_) => return Err(WebError::internal("a line that is not for people")),
        Who::May(action, place) => (action, place),
    };
    let staff = ctx.staff().ok_or(WebError::NoRole)?;
    let state = ctx.state();
    let param = |name: &str| params.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
    let mut actions = vec![action.to_owned()];
    match place {
        Place::CaseStep => actions.push(format!("case.{}", param("action").unwrap_or_default())),
        Place::Reveal => actions.push(format!("person.reveal.{}", param("purpose").unwrap_or_default())),
        _ => {}
    }
    for action in &actions {
        if !state.access().knows(action) {
            return Err(WebError::NotFound);
        }
        // Asked before anything is looked up: the answer must not tell whether a number exists.
        if let Decision::NotThisPost(rule) = decide(state, staff, action, &Found::plain(place, staff, action))
        {
            return Err(match rule {
                Some(rule) => WebError::forbidden(rule.zh, rule.en),
                None => not_this_post(state, staff, action, place),
            });
        }
    }
    let id = match param("id") {
        // One thing, one address: `+1` and `01` name nothing.
        Some(text) => {
            text.parse().ok().filter(|id: &i64| id.to_string() == text).ok_or(WebError::NotFound)?
        }
        None => 0,
    };
    let found = Found::load(state, ctx.today(), staff, place, id).await?;
    for action in &actions {
        match decide(state, staff, action, &found) {
            Decision::Allowed => {}
            Decision::Outside | Decision::NotThisPost(_) => return Err(WebError::NotFound),
            Decision::NotThisOne(rule) => {
                let back = match place {
                    Place::CaseStep => format!("/cases/{id}"),
                    Place::Account => format!("/accounts/{id}"),
                    _ => String::new(),
                };
                return Err(WebError::Refused { zh: rule.zh, en: rule.en, back, kept: String::new() });
            }
        }
    }
    Ok(Some(match (&found, place.noun()) {
        (Found::Household(id, _) | Found::Erasure(_, id, ..), Some("household")) => format!("household:{id}"),
        (_, Some(noun)) => format!("{noun}:{id}"),
        (_, None) => String::new(),
    }))
}

fn not_this_post(state: &AppState, staff: &Staff, action: &str, place: Place) -> WebError {
    let posts: Vec<Post> = Post::ALL
        .iter()
        .copied()
        .filter(|post| post_may(state, &Staff { post: *post, ..staff.clone() }, action, place))
        .collect();
    let zh: Vec<&str> = posts.iter().map(|p| p.zh()).collect();
    let en: Vec<&str> = posts.iter().map(|p| p.en()).collect();
    WebError::forbidden(
        format!("这一页给{}使用，您现在是{}", zh.join("、"), staff.post.zh()),
        format!("this page is for: {}; you are now {}", en.join(", "), staff.post.en()),
    )
}
