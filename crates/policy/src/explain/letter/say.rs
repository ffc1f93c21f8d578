//! 给家庭的话: every sentence of a letter, in both languages, in this one place.

use crate::column::State;
use crate::eval::Subject;
use crate::explain::text::amount_of;
use crate::explain::words::{Text, unit_word};
use crate::explain::{Explanation, Nearest};
use crate::lang::Lang;
use crate::value::{Fen, Truth};

/// Sentences about one result.
pub(super) struct Say<'w> {
    told: &'w Explanation,
}

impl<'w> Say<'w> {
    pub(super) fn of(told: &'w Explanation) -> Self {
        Self { told }
    }

    /// 您家, 您, 您家的甲.
    fn who(&self, lang: Lang) -> String {
        let alone = self.told.members.len() == 1;
        match (self.told.subject, lang) {
            (Subject::Member(_), Lang::Zh) if alone => "您".to_owned(),
            (Subject::Member(_), Lang::En) if alone => "you".to_owned(),
            (Subject::Household | Subject::Obligor(_), _) => lang.pick("您家", "your family").to_owned(),
            (Subject::Member(_), Lang::Zh) => format!("您家的{}", self.name(self.told.subject, lang)),
            (Subject::Member(_), Lang::En) => {
                format!("{} of your family", self.name(self.told.subject, lang))
            }
        }
    }

    /// A member by name; without one, by the place on the list.
    fn name(&self, subject: Subject, lang: Lang) -> String {
        let name = self.told.name(subject);
        match (name.strip_prefix('#'), lang) {
            (Some(number), Lang::Zh) => format!("第 {number} 位成员"),
            (Some(number), Lang::En) => format!("member {number}"),
            (None, _) => name.to_owned(),
        }
    }

    /// `石望山的零工收入`
    fn labelled(&self, subject: Subject, label: &str, lang: Lang) -> String {
        match (subject, lang) {
            (Subject::Household | Subject::Obligor(_), _) => label.to_owned(),
            (Subject::Member(_), Lang::Zh) => format!("{}的{label}", self.name(subject, lang)),
            (Subject::Member(_), Lang::En) => format!("{label} of {}", self.name(subject, lang)),
        }
    }

    /// The result in a sentence or two.
    pub(super) fn verdict(&self) -> Text {
        Text::both(|lang| {
            let (who, title) = (self.who(lang), self.told.title.pick(lang));
            let you = who == "you";
            let said = match (self.told.outcome, lang) {
                (Truth::True, Lang::Zh) => format!("按现在知道的情况，{who}符合{title}的条件。"),
                (Truth::False, Lang::Zh) => format!("按现在知道的情况，{who}还不符合{title}的条件。"),
                (Truth::Unknown, Lang::Zh) => {
                    format!("{who}是否符合{title}的条件，现在还不能确定，因为有些情况我们还不知道。")
                }
                (Truth::True, Lang::En) => format!(
                    "As far as we know, {who} {} the conditions of: {title}.",
                    if you { "meet" } else { "meets" }
                ),
                (Truth::False, Lang::En) => format!(
                    "As far as we know, {who} {} not yet meet the conditions of: {title}.",
                    if you { "do" } else { "does" }
                ),
                (Truth::Unknown, Lang::En) => format!(
                    "We cannot say yet whether {who} {} the conditions of: {title}. Some things are not known to us.",
                    if you { "meet" } else { "meets" }
                ),
            };
            format!("{said}{}", self.amount(lang))
        })
    }

    fn amount(&self, lang: Lang) -> String {
        let told = self.told;
        let Some(per) = told.unit.filter(|_| told.outcome != Truth::False) else { return String::new() };
        let open = matches!(told.amount, (lo, None) if lo.is_none_or(|lo| lo <= 0));
        let sum = amount_of(told.amount, per, lang);
        match (told.outcome, open, lang) {
            (Truth::Unknown, true, _) => String::new(),
            (_, true, Lang::Zh) => "金额要等情况弄清以后才能算。".to_owned(),
            (_, true, Lang::En) => " The amount can only be computed when more is known.".to_owned(),
            (Truth::Unknown, false, Lang::Zh) => format!("如果符合，{sum}。"),
            (Truth::Unknown, false, Lang::En) => format!(" If so: {sum}."),
            (_, false, Lang::Zh) => format!("算出来的金额：{sum}。"),
            (_, false, Lang::En) => format!(" The amount comes to {sum}."),
        }
    }

    /// Something that was counted, with its value.
    pub(super) fn sum(&self, subject: Subject, label: &Text, value: &Text) -> Text {
        Text::both(|lang| {
            let label = self.labelled(subject, label.pick(lang), lang);
            format!("{label}{}{}", lang.pick("：", ": "), value.pick(lang))
        })
    }

    /// The label of somebody's fact.
    pub(super) fn labelled_in_both(&self, subject: Subject, label: &Text) -> Text {
        Text::both(|lang| self.labelled(subject, label.pick(lang), lang))
    }

    /// Something that we still have to know, and why it is not known.
    pub(super) fn asked(&self, subject: Subject, label: &Text, state: State) -> Text {
        Text::both(|lang| {
            format!("{}{}", self.labelled(subject, label.pick(lang), lang), why(state).pick(lang))
        })
    }

    /// The same where naming it would tell of somebody else.
    pub(super) fn asked_in_general(&self, subject: Subject) -> Text {
        match subject {
            Subject::Member(_) => Text::both(|lang| match lang {
                Lang::Zh => format!("{}的一项情况，由本人同我们核对", self.name(subject, lang)),
                Lang::En => {
                    format!("something about {}, which that person settles with us", self.name(subject, lang))
                }
            }),
            _ => Text::new(
                "您家以外的亲属（赡养、抚养、扶养您家人的人）有哪些、情况怎样，由我们去核实",
                "who outside your home owes support to your family, and how they are off; we look into it",
            ),
        }
    }

    /// From where on the result would be another, and what is met then.
    pub(super) fn nearest(&self, n: &Nearest) -> Text {
        Text::both(|lang| {
            let label = self.labelled(n.subject, n.label.pick(lang), lang);
            let (to, unit) = (Fen(n.to), unit_word(n.unit, lang));
            let up = n.to > n.from;
            let then: Vec<&str> = n.then.iter().map(|t| t.pick(lang)).collect();
            let then = match (then.is_empty(), lang) {
                (true, _) => String::new(),
                (false, Lang::Zh) => format!("，那时符合{}的条件", then.join("、")),
                (false, Lang::En) => format!("; then these are met: {}", then.join(", ")),
            };
            match lang {
                Lang::Zh => format!(
                    "其他情况不变，{label}{} {to} {unit}时，{}{then}。",
                    if up { "到了" } else { "降到" },
                    if n.outcome == Truth::True {
                        "就符合这项条件了"
                    } else {
                        "就不再符合这一项"
                    }
                ),
                Lang::En => format!(
                    "All else being equal, once {label} {} {to} {unit} the conditions are {}{then}.",
                    if up { "reaches" } else { "falls to" },
                    if n.outcome == Truth::True { "met" } else { "no longer met" }
                ),
            }
        })
    }

    /// A record that may be wrong.
    pub(super) fn correct(&self, subject: Subject, label: &Text, value: &Text) -> Text {
        Text::both(|lang| {
            let (label, value) = (self.labelled(subject, label.pick(lang), lang), value.pick(lang));
            match lang {
                Lang::Zh => format!("登记的是：{label} {value}。如果不对，请告诉我们，核实后更正。"),
                Lang::En => {
                    format!("On record: {label} {value}. If that is wrong, tell us; we check and correct it.")
                }
            }
        })
    }

    /// Other help that may be had.
    pub(super) fn others(&self, titles: &[Text]) -> Text {
        Text::both(|lang| {
            let all: Vec<&str> = titles.iter().map(|t| t.pick(lang)).collect();
            let all = all.join(lang.pick("、", ", "));
            match lang {
                Lang::Zh => {
                    format!("按现在知道的情况，还符合这些救助的条件：{all}。能不能同时享受，请问工作人员。")
                }
                Lang::En => format!(
                    "As far as we know the conditions of these are met too: {all}. Ask whether they can be had together."
                ),
            }
        })
    }
}

fn why(state: State) -> Text {
    match state {
        State::Known => Text::default(),
        State::Missing => Text::new("：还没有人告诉我们", ": nobody has told us"),
        State::Stale => Text::new(
            "：我们手上的已经过期，请告诉现在的情况",
            ": what we have is too old; please tell us how it is now",
        ),
        State::Disputed => Text::new(
            "：您家说记录不对，正在核实",
            ": your family says the record is wrong; it is being checked",
        ),
        State::Conflict => {
            Text::new("：几处的记录不一样，正在核对", ": records differ; they are being compared")
        }
        State::OutOfReach => {
            Text::new("：要您家授权以后才能查", ": we may look only when your family allows it")
        }
    }
}

pub(super) fn counted_title() -> Text {
    Text::new("算了哪些", "What was counted")
}

pub(super) fn deciding_title() -> Text {
    Text::new("关键的一点", "What decides")
}

pub(super) fn assumed_title() -> Text {
    Text::new("先这样算的", "What was taken for now")
}

pub(super) fn asked_title() -> Text {
    Text::new("还要弄清的", "What we still need to know")
}

pub(super) fn next_title() -> Text {
    Text::new("接下来", "What to do next")
}

pub(super) fn person_title() -> Text {
    Text::new("谁来决定，不同意怎么办", "Who decides, and how to object")
}

pub(super) fn more_sums(left: usize) -> Text {
    Text::new(format!("另有 {left} 项收入和开支也算在内。"), format!("{left} more sums were counted."))
}

pub(super) fn more_asked(left: usize) -> Text {
    Text::new(
        format!("另有 {left} 项，工作人员会问您。"),
        format!("{left} more things, which we will ask you."),
    )
}

pub(super) fn others_not_told() -> Text {
    Text::new(
        "也看了您家以外有赡养、抚养、扶养义务的亲属。那是他们自己的情况，这里不写。",
        "Relatives outside your home who owe support were looked at as well. That is their own affair and is not written here.",
    )
}

/// What was taken because it is not known: nobody has spoken of it, or what was told is old or in dispute.
pub(super) fn assumed(labels: &[Text], value: &Text) -> Text {
    Text::both(|lang| {
        let all: Vec<&str> = labels.iter().map(|label| label.pick(lang)).collect();
        let (all, value) = (all.join(lang.pick("、", ", ")), value.pick(lang));
        match lang {
            Lang::Zh => format!("还没有弄清，按规定先当作“{value}”：{all}。实际不是这样的，请告诉我们。"),
            Lang::En => format!(
                "This is not settled yet; as the law says it is taken as “{value}”: {all}. Please tell us if it is not so."
            ),
        }
    })
}

pub(super) fn assumed_of_others() -> Text {
    Text::new(
        "有关的人还没有弄清的情况，按规定的办法先算；实际是怎样的，请告诉我们。",
        "What is not settled yet about the people concerned is counted for now as the law says; please tell us how it really is.",
    )
}

pub(super) fn unsettled() -> Text {
    Text::new(
        "有一处规定不清楚，要由主管部门先明确",
        "one rule is unclear; the authority has to settle it first",
    )
}

pub(super) fn no_standard() -> Text {
    Text::new("当地的一项标准还没有录入，由工作人员补上", "a local standard is not on file yet; we add it")
}

pub(super) fn already() -> Text {
    Text::new(
        "您家已经在享受，不用再申请。家里的人、收入、财产有变化时，请告诉村（居）委会或乡镇（街道）。",
        "It is already being received; there is nothing to apply for. Please tell the village or the township when people, income or property of your home change.",
    )
}

pub(super) fn apply() -> Text {
    Text::new(
        "想要的话，可以到乡镇（街道）提出，也可以请村（居）委会帮您提出；走不开的，工作人员可以上门。",
        "If you want it, ask at the township, or have the village ask for you; if you cannot come, we can come to you.",
    )
}

pub(super) fn tell_us() -> Text {
    Text::new(
        "请把知道的告诉村（居）委会或乡镇（街道），能查到的由我们去查。弄清以后会重新算。",
        "Please tell the village or the township what you know; what registers can tell we look up ourselves. Then it is computed again.",
    )
}

pub(super) fn may_change() -> Text {
    Text::new(
        "家里的人、收入、开支、财产有变化时，可以随时再提出。",
        "When people, income, expenses or property of your home change, you may ask again at any time.",
    )
}

/// Whom to ask, that a person decides, and how to object.
pub(super) fn person(contact: Option<&str>) -> Vec<Text> {
    vec![
        Text::new(
            "这是按规则试算的，不是决定。工作人员会核实，由经办机关的人作出决定，不由机器决定。",
            "This is what the rules give on trial, not a decision. Staff check it, and people of the authority decide, not a machine.",
        ),
        Text::new(
            "觉得哪里不对，请说是哪一条，我们核实后更正、重新算。对正式决定不同意的，决定书上写着在多少天里向谁申请复议、怎样起诉。",
            "If something seems wrong, say which; we check, correct and compute again. A formal decision names to whom and within how many days you may apply for a review, and how to go to court.",
        ),
        match contact {
            Some(contact) => {
                Text::new(format!("要问的话，请找：{contact}。"), format!("Questions: {contact}."))
            }
            None => Text::new(
                "要问的话，请找村（居）委会，或乡镇（街道）办理社会救助的窗口。",
                "Questions: the village committee, or the township's desk for social assistance.",
            ),
        },
    ]
}
