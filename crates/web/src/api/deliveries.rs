//! 报送: a department puts a file in and asks what became of it. The file is read by nobody here: it waits, sealed, until a
//! person previews it (`doudi import inbox`).

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use doudi_policy::{Date, Month};
use doudi_store::inbox::{InboxItem, Incoming, Received};
use serde_json::{Value, json};

use super::body;
use super::gate::Caller;
use super::problem::Problem;
use super::{Feed, WORKBOOK, answer};
use crate::session::digest;
use crate::state::AppState;

/// Largest file.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Within this time a file has come.
const WITHIN: Duration = Duration::from_secs(60);
/// Longest key of a sender.
const MOST_KEY: usize = 128;

/// `POST /api/v1/feeds/{feed}/deliveries`: takes a file in. The same file again gets the same receipt, with 200.
///
/// # Errors
/// The problems that the description lists.
pub(crate) async fn send(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(feed): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let feed = state.feeds().iter().find(|f| f.id == feed).ok_or(Problem::NoFeed)?;
    let period = period(&caller.query)?;
    if period > state.today().await.map_err(|e| Problem::internal(&e))?.month() {
        return Err(Problem::Future);
    }
    let key = sender_key(&headers)?;
    check_type(feed, &headers)?;
    if state.store().division(&caller.place).await?.is_none() {
        return Err(Problem::NoDivision);
    }
    let content = take(&state, &headers, request.into_body()).await?;
    if feed.workbook && !content.starts_with(b"PK") {
        return Err(Problem::WrongType);
    }
    let incoming = Incoming {
        service: caller.service.id,
        feed: &feed.id,
        period,
        division: &caller.place,
        key_digest: key.as_deref(),
        content: &content,
        now: state.now(),
    };
    let (id, status) = match state.store().receive(&incoming).await? {
        Received::New(id) => (id, StatusCode::CREATED),
        Received::Same(id) => (id, StatusCode::OK),
        Received::KeyReused => return Err(Problem::KeyReused),
        Received::Full => return Err(Problem::InboxFull),
    };
    let item = state.store().inbox_item(id).await?.ok_or(Problem::Internal)?;
    let mut response = answer(status, &receipt_of(&item));
    let location = HeaderValue::from_str(&format!("/api/v1/deliveries/{id}"));
    response.headers_mut().insert(header::LOCATION, location.map_err(|e| Problem::internal(&e))?);
    Ok(response)
}

/// `GET /api/v1/deliveries/{id}`: what became of a file, for the service that sent it.
///
/// # Errors
/// `NotFound`, also for what another service sent.
pub(crate) async fn receipt(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if !caller.query.is_empty() {
        return Err(Problem::BadParameter);
    }
    // One receipt has one address: `+1` and `01` are none.
    let number = id.parse().ok().filter(|n: &i64| n.to_string() == id).ok_or(Problem::NotFound)?;
    let item = state.store().inbox_item(number).await?.filter(|item| item.service == caller.service.id);
    let item =
        item.filter(|item| caller.service.may("deliver", Some(&item.feed))).ok_or(Problem::NotFound)?;
    Ok(answer(StatusCode::OK, &receipt_of(&item)))
}

/// The month that a file is about, from a query that holds nothing else unknown and nothing twice.
fn period(query: &[(String, String)]) -> Result<Month, Problem> {
    let known = |name: &str| query.iter().filter(|(n, _)| n == name).count();
    let others = query.iter().any(|(name, _)| name != "period" && name != "division");
    if others || known("period") != 1 || known("division") > 1 {
        return Err(Problem::BadParameter);
    }
    let text = query.iter().find(|(name, _)| name == "period").map_or("", |(_, value)| value.as_str());
    let (year, month) = text.split_once('-').ok_or(Problem::BadParameter)?;
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !year.starts_with("20") || !digits(month, 2) {
        return Err(Problem::BadParameter);
    }
    text.parse().map_err(|_| Problem::BadParameter)
}

/// The digest of the sender's key: the key itself might be anything.
fn sender_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut all = headers.get_all("idempotency-key").iter();
    let Some(value) = all.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::BadKey)?;
    let plain = text.bytes().all(|b| b.is_ascii_graphic());
    if all.next().is_some() || text.is_empty() || text.len() > MOST_KEY || !plain {
        return Err(Problem::BadKey);
    }
    Ok(Some(digest("doudi sender key 1", text)))
}

fn check_type(feed: &Feed, headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|v| v != "identity") {
        return Err(Problem::WrongType);
    }
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(Problem::WrongType);
    };
    let named = value.to_str().ok().and_then(|text| text.split(';').next()).unwrap_or_default();
    if named.trim().eq_ignore_ascii_case(feed.media_type()) { Ok(()) } else { Err(Problem::WrongType) }
}

async fn take(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|bytes| usize::try_from(bytes).map_or(true, |bytes| bytes > MOST_BYTES)) {
        return Err(Problem::TooLarge);
    }
    // So much memory is held for files that come at the same time, and no more.
    let _place = state.uploads().try_acquire().map_err(|_| Problem::TooMany)?;
    let content = body::read(body, MOST_BYTES, WITHIN).await?;
    if content.is_empty() { Err(Problem::Empty) } else { Ok(content) }
}

/// A receipt: counts and reasons, and nothing of any row.
fn receipt_of(item: &InboxItem) -> Value {
    let reasons: Vec<Value> = item
        .reasons
        .iter()
        .map(|r| json!({ "code": r.code, "rows": r.rows, "lines": r.lines, "zh": r.zh, "en": r.en }))
        .collect();
    json!({
        "id": item.id,
        "feed": item.feed,
        "period": item.period.to_string(),
        "division": item.division.as_str(),
        "sha256": item.digest,
        "bytes": item.size,
        "state": item.state.id(),
        "received_at": instant(item.received_at),
        "settled_at": item.settled_at.map(instant),
        "rows": item.counts.map(|c| c.rows),
        "accepted": item.counts.map(|c| c.accepted),
        "quarantined": item.counts.map(|c| c.quarantined),
        "repeated": item.counts.map(|c| c.repeated),
        "reasons": reasons,
    })
}

/// An instant as RFC 3339 in UTC.
fn instant(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let date = Date(i32::try_from(days).unwrap_or(i32::MAX));
    format!("{date}T{:02}:{:02}:{:02}Z", rest / 3600, rest % 3600 / 60, rest % 60)
}

/// The media types that the feeds take.
pub(super) fn media_types(feeds: &[Feed]) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = feeds.iter().map(Feed::media_type).collect();
    all.sort_unstable_by_key(|t| *t == WORKBOOK);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_of_its_form_and_stands_alone() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            period(&pairs)
        };
        assert_eq!(of(&[("period", "2024-05")]), Ok(Month::of(2024, 5)));
        for wrong in
            ["", "2024", "2024-5", "2024-13", "2024-00", "1999-05", "２０２４-05", "2024-05-01", " 2024-05"]
        {
            assert_eq!(of(&[("period", wrong)]), Err(Problem::BadParameter), "{wrong}");
        }
        assert!(of(&[]).is_err() && of(&[("period", "2024-05"), ("period", "2024-06")]).is_err());
        assert!(of(&[("period", "2024-05"), ("state", "accepted")]).is_err());
    }

    #[test]
    fn instants_are_of_utc() {
        assert_eq!(instant(0), "1970-01-01T00:00:00Z");
        assert_eq!(instant(1_718_604_061), "2024-06-17T06:01:01Z");
    }
}
