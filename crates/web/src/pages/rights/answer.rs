//! 来源部门的答复: the questions that wait, and recording an answer with its letter. What will change is shown before it
//! does, on a page of its own.

use askama::Template;
use axum::extract::{Path, Query};
use doudi_policy::Date;
use doudi_policy::plan::Type;
use doudi_registry::Scalar;
use doudi_store::rights::{Came, Letter, MOST_NUMBER, SourceAnswer, SourceQuery};

use super::{QueryLine, query_line};
use crate::ctx::{Ctx, Worker, html, see_other};
use crate::error::{PageResult, WebError};
use crate::family::Family;
use crate::field::{Choice, Field};
use crate::lang::Lang;
use crate::mask;
use crate::page::Page;
use crate::posted::Posted;
use crate::reads::Shown;
use crate::view::{FormErrors, Pager};
use crate::vocab;

#[derive(Template)]
#[template(path = "page/queries.html")]
struct QueriesPage {
    l: Lang,
    page: Page,
    rows: Vec<QueryLine>,
    pager: Pager,
}

/// Parameters of the list.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct QueriesQuery {
    page: u64,
}

/// `GET /queries`: what waits for the answer of a source, in the person's area.
pub async fn queries(worker: Worker, Query(query): Query<QueriesQuery>) -> PageResult {
    let ctx = &worker.ctx;
    let (l, state) = (ctx.l(), ctx.state());
    let page = doudi_store::Page {
        number: u32::try_from(query.page.max(1)).unwrap_or(1),
        size: u32::try_from(Pager::SIZE).unwrap_or(30),
    };
    let found = state.store().open_queries(&worker.staff.division, page).await?;
    let mut rows = Vec::with_capacity(found.rows.len());
    let mut shown = Vec::with_capacity(found.rows.len());
    for query in &found.rows {
        let family = state.family(query.household).await?;
        rows.push(query_line(ctx, &family, query).on_page());
        shown.push(query.household.0);
    }
    let total = u64::try_from(found.total).unwrap_or(0);
    let pager = Pager::new(l, total, page.number.into(), "/queries");
    let view =
        QueriesPage { l, page: ctx.page(l.t("向来源部门核实"), "/queries").await?, rows, pager };
    let mut response = html(&view)?;
    response.extensions_mut().insert(Shown(shown));
    Ok(response)
}

#[derive(Template)]
#[template(path = "page/answer.html")]
struct AnswerPage {
    l: Lang,
    page: Page,
    id: i64,
    q: QueryLine,
    errors: FormErrors,
    /// What is filled in; on the confirmation it stands in hidden fields.
    fields: Vec<Field>,
    /// What will change, on the confirmation; else empty.
    changes: Vec<String>,
}

/// `GET /queries/{id}`: the form for an answer.
pub async fn form(worker: Worker, Path(id): Path<i64>) -> PageResult {
    let ctx = &worker.ctx;
    let query = open(ctx, id).await?;
    let fields = fields(ctx.l(), ctx, &query);
    show(ctx, &query, FormErrors::none(ctx.l()), fields, Vec::new()).await
}

/// `POST /queries/{id}/answer`: shows what will change; records it only once that is confirmed.
pub async fn answer(worker: Worker, Path(id): Path<i64>, posted: Posted) -> PageResult {
    let ctx = &worker.ctx;
    let l = ctx.l();
    let query = open(ctx, id).await?;
    let (answer, letter) = match read(ctx, &query, &posted) {
        Ok(read) if !posted.ticked("again") => read,
        Ok(_) => return again(ctx, &query, &posted, FormErrors::none(l)).await,
        Err(errors) => return again(ctx, &query, &posted, errors).await,
    };
    if posted.ticked("confirmed") {
        let done = ctx.state().store().answer_query(id, &answer, &letter, worker.staff.id, ctx.today()).await;
        done.map_err(|e| WebError::from(e).back_to("/queries", posted.get("value")))?;
        return Ok(see_other("/queries?done=answered"));
    }
    let hidden = ["outcome", "value", "came", "number", "dated"]
        .map(|name| Field::new("hidden", name, "").value(posted.get(name)));
    let changes = changes(ctx, &query, &answer, &letter);
    show(ctx, &query, FormErrors::none(l), hidden.into(), changes).await
}

/// A question that waits.
async fn open(ctx: &Ctx, id: i64) -> Result<SourceQuery, WebError> {
    let query = ctx.state().store().source_query(id).await?;
    match query.answered_on {
        None => Ok(query),
        Some(_) => Err(WebError::Refused {
            zh: "这个问题已经有答复".to_owned(),
            en: "this question has been answered".to_owned(),
            back: format!("/households/{}/record", query.household),
            kept: String::new(),
        }),
    }
}

async fn show(
    ctx: &Ctx,
    query: &SourceQuery,
    errors: FormErrors,
    fields: Vec<Field>,
    changes: Vec<String>,
) -> PageResult {
    let l = ctx.l();
    let family: Family = ctx.state().family(query.household).await?;
    html(&AnswerPage {
        l,
        page: ctx.page(l.t("登记来源部门的答复"), "/queries").await?,
        id: query.id,
        q: query_line(ctx, &family, query).on_page(),
        errors,
        fields,
        changes,
    })
}

/// The form as it was filled in.
async fn again(ctx: &Ctx, query: &SourceQuery, posted: &Posted, errors: FormErrors) -> PageResult {
    let filled = fields(ctx.l(), ctx, query)
        .into_iter()
        .map(|f| {
            let error = errors.of(&f.id).to_owned();
            let sent = posted.all(&f.name).to_vec();
            f.kept(&sent, &error)
        })
        .collect();
    show(ctx, query, errors, filled, Vec::new()).await
}

fn fields(l: Lang, ctx: &Ctx, query: &SourceQuery) -> Vec<Field> {
    let value = value_field(l, ctx, query);
    let mut outcomes = vec![Choice::new("upheld", l.t("原数据属实"))];
    if value.is_some() {
        outcomes.push(Choice::new("corrected", l.t("更正为下面的值")));
    }
    let mut all = vec![Field::new("radio", "outcome", l.t("来源部门怎么答复")).options(outcomes)];
    all.extend(value);
    all.extend([
        Field::new("radio", "came", l.t("怎么来的")).options(vec![
            Choice::new(Came::Letter.id(), came_words(l, Came::Letter)),
            Choice::new(Came::Telephone.id(), came_words(l, Came::Telephone)),
            Choice::new(Came::System.id(), came_words(l, Came::System)),
        ]),
        Field::new("text", "number", l.t("文号")).hint(l.t("来函的文号；电话和系统答复的不填")),
        Field::new("text", "dated", l.t("答复的日期")).hint(l.t("写成 2024-06-01，不早于提问，不晚于今天")),
    ]);
    all
}

fn came_words(l: Lang, came: Came) -> &'static str {
    match came {
        Came::Letter => l.t("来函，有文号"),
        Came::Telephone => l.t("电话，无文号"),
        Came::System => l.t("部门系统，无文号"),
    }
}

/// With what an answer came, in words.
pub(super) fn letter_words(l: Lang, letter: &Letter) -> String {
    let day = l.date(letter.on);
    match letter.came {
        Came::Letter => l.f2("来函 {}，{}", &letter.number, day),
        Came::Telephone | Came::System => l.f2("{}，{}", came_words(l, letter.came), day),
    }
}

/// What was filled in, or what is wrong with it.
fn read(ctx: &Ctx, query: &SourceQuery, posted: &Posted) -> Result<(SourceAnswer, Letter), FormErrors> {
    let l = ctx.l();
    let mut errors = FormErrors::none(l);
    let answer = match posted.get("outcome") {
        "upheld" => Some(SourceAnswer::Upheld),
        "corrected" => match typed(ctx, query, posted.get("value")) {
            Ok(value) => Some(SourceAnswer::Corrected(value)),
            Err(why) => {
                errors.add("value", why);
                None
            }
        },
        _ => {
            errors.add("outcome", l.t("请选来源部门怎么答复").to_owned());
            None
        }
    };
    let came = Came::from_id(posted.get("came"));
    if came.is_none() {
        errors.add("came", l.t("请选答复是怎么来的").to_owned());
    }
    let day = posted.get("dated").parse::<Date>().ok();
    if day.is_none() {
        errors.add("dated", l.t("日期读不懂，写成 2024-06-01").to_owned());
    }
    let letter = came.zip(day).map(|(came, on)| Letter { came, number: posted.get("number").to_owned(), on });
    if let Some(Err(wrong)) = letter.as_ref().map(|letter| letter.check(query.asked_on, ctx.today())) {
        let refused = WebError::from(wrong);
        let why = match &refused {
            WebError::Refused { zh, en, .. } => l.pick(zh, en).to_owned(),
            _ => refused.to_string(),
        };
        let of_number = letter.as_ref().is_some_and(|letter| {
            (letter.came == Came::Letter) == letter.number.is_empty()
                || letter.number.chars().count() > MOST_NUMBER
        });
        errors.add(if of_number { "number" } else { "dated" }, why);
    }
    match (answer, letter) {
        (Some(answer), Some(letter)) if errors.is_empty() => Ok((answer, letter)),
        _ => Err(errors),
    }
}

/// The corrected value.
fn typed(ctx: &Ctx, query: &SourceQuery, text: &str) -> Result<Scalar, String> {
    let (l, book) = (ctx.l(), ctx.state().law().book());
    let decl = vocab::find(book, &query.fact);
    let value = decl.and_then(|d| Some((d, vocab::typed(book, d, text)?)));
    let (decl, value) = value.ok_or_else(|| l.t("更正的值读不懂，请照原来的写法填").to_owned())?;
    vocab::allowed(decl, &value, ctx.today()).map_err(|e| l.pick(&e.zh, &e.en).to_owned())?;
    Ok(value)
}

/// What will change, sentence by sentence.
fn changes(ctx: &Ctx, query: &SourceQuery, answer: &SourceAnswer, letter: &Letter) -> Vec<String> {
    let (l, book) = (ctx.l(), ctx.state().law().book());
    let held = vocab::told(l, book, &query.fact, &query.held);
    let value = match answer {
        SourceAnswer::Upheld => l.f1("原数据属实：{}。", held),
        SourceAnswer::Corrected(value) => {
            l.f2("由 {} 更正为 {}。", held, vocab::told(l, book, &query.fact, value))
        }
    };
    vec![
        mask::written(&value).into_owned(),
        mask::written(&l.f1("凭据：{}。", letter_words(l, letter))).into_owned(),
        l.t("异议到此结束，这一条从今天起按这个值计算，并写进这户的救助链。").to_owned(),
        l.t("登记后不能改；再有不对，由本人再提。").to_owned(),
    ]
}

/// The box for the corrected value.
fn value_field(l: Lang, ctx: &Ctx, query: &SourceQuery) -> Option<Field> {
    let book = ctx.state().law().book();
    let decl = vocab::find(book, &query.fact)?;
    let label = l.t("更正为");
    let mut field = match decl.ty {
        Type::Bool => {
            let mut field = Field::new("select", "value", label);
            field.options = vec![Choice::new("true", l.t("是")), Choice::new("false", l.t("否"))];
            field
        }
        Type::Enum(_) => {
            let mut field = Field::new("select", "value", label);
            let all = vocab::enum_values(l, book, decl);
            field.options = all.into_iter().map(|(id, words)| Choice::new(id, words)).collect();
            field
        }
        Type::Money(_) => Field::new("money", "value", label),
        Type::Int => Field::new("number", "value", label),
        Type::Date => Field::new("text", "value", label).hint(l.t("写成 2024-06-01")),
        Type::Exact(_) | Type::Rate | Type::Month => return None,
    };
    field.unit = vocab::unit(l, decl.ty).to_owned();
    Some(field)
}
