//! The claim wizard, a form in three steps: the payee's phone, the code and the payout method.
//!
//! The server keeps nothing between the steps. Each form carries the answers so far, and every one is checked each
//! time: a payee who skips a step is sent back to it.

use super::{
    fields::{Field, Input, Problem, hidden, submit},
    form_data::Form,
    html::{Html, tag},
    payout_methods::{Method, MethodField},
};
use crate::{handlers::claims::Claimant, state::Link};

/// The verification code that the sandbox would have sent.
pub(super) const CODE: &str = "123456";

/// A step of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Phone,
    Code,
    Method,
}

/// The next question, and the problems with the last answer.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) step: Step,
    pub(super) problems: Vec<Problem>,
}

const COUNTRY: Field = Field {
    name: "country_code",
    label: "Country code",
    hint: "",
    input: Input::Phone,
    autocomplete: "tel-country-code",
};

const PHONE: Field = Field {
    name: "phone_number",
    label: "Phone number",
    hint: "",
    input: Input::Phone,
    autocomplete: "tel-national",
};

const CODE_FIELD: Field = Field {
    name: "code",
    label: "Code from the message",
    hint: "6 digits",
    input: Input::Number,
    autocomplete: "one-time-code",
};

/// Reads the answers so far.
///
/// # Errors
/// Returns the next question, if any is left.
pub(super) fn read(link: &Link, methods: &[&Method], form: &Form) -> Result<Claimant, Question> {
    let asked = form.text("step");
    let ask = |step, problems| Err(Question { step, problems });
    let problems = phone_problems(link, form);
    if !problems.is_empty() {
        return ask(Step::Phone, problems);
    }
    if asked == "phone" {
        return ask(Step::Code, Vec::new());
    }
    if form.text("code") != CODE {
        return ask(Step::Code, vec![problem("code", "This is not the code that was sent.")]);
    }
    if asked == "code" {
        return ask(Step::Method, Vec::new());
    }
    let Some(method) = methods.iter().find(|method| method.platform == form.text("method")) else {
        return ask(Step::Method, vec![problem("method", "Please choose one.")]);
    };
    let problems = method.problems(form);
    if !problems.is_empty() {
        return ask(Step::Method, problems);
    }
    let method = Some(method.platform.to_owned());
    Ok(Claimant { country_code: country(form), phone_number: phone(form), method, ..Claimant::default() })
}

impl Question {
    /// The first question, without an answer yet.
    pub(super) fn first() -> Self {
        Self { step: Step::Phone, problems: Vec::new() }
    }

    pub(super) fn title(&self) -> &'static str {
        match self.step {
            Step::Phone => "Your phone number",
            Step::Code => "The code we sent you",
            Step::Method => "How do you want to be paid?",
        }
    }

    pub(super) fn number(&self) -> u8 {
        match self.step {
            Step::Phone => 1,
            Step::Code => 2,
            Step::Method => 3,
        }
    }

    /// Shows the question with the previous answer.
    pub(super) fn show(&self, link: &Link, methods: &[&Method], form: &Form) -> Html {
        let alert = tag("p").class("error").set("role", "alert").with("Please check what is marked above.");
        let (inside, button) = match self.step {
            Step::Phone => (self.phone(link, form), "Send me a code".to_owned()),
            Step::Code => (self.code(form), "Go on".to_owned()),
            Step::Method => {
                (self.method(methods, form), format!("Claim {}", super::format::dollars(link.amount)))
            }
        };
        tag("section")
            .set("aria-labelledby", "question")
            .with(tag("p").class("progress").with(format!("Step {} of 3", self.number())))
            .with(tag("h2").set("id", "question").with(self.title()))
            .with(
                tag("form").set("method", "post").flag("novalidate", true).with(inside).with(submit(&button)),
            )
            // Below the form, so that no field moves when it appears.
            .with((!self.problems.is_empty()).then_some(alert))
            .into()
    }

    fn phone(&self, link: &Link, form: &Form) -> Html {
        let known = link.payee.phone_number.as_deref();
        let hint = known.map(|known| {
            let end: String = known.chars().skip(known.chars().count().saturating_sub(2)).collect();
            tag("p").with(format!("This payout is for the number that ends in {end}."))
        });
        let entered = form.text("country_code");
        let fields = tag("div")
            .class("phone")
            .with(COUNTRY.show(if entered.is_empty() { "1" } else { entered }, &self.problems))
            .with(PHONE.show(form.text("phone_number"), &self.problems));
        [hidden("step", "phone"), hint.into(), fields.into()].into_iter().collect()
    }

    fn code(&self, form: &Form) -> Html {
        let note = tag("p")
            .class("note")
            .with("Sandbox: no message was sent. The code is ")
            .with(tag("code").with(CODE))
            .with(".");
        let code = CODE_FIELD.show(form.text("code"), &self.problems);
        [hidden("step", "code"), kept_phone(form), note.into(), code].into_iter().collect()
    }

    fn method(&self, methods: &[&Method], form: &Form) -> Html {
        let missing = self.problems.iter().find(|problem| problem.field == "method");
        let missing = missing.map(|problem| tag("p").class("problem").with(problem.text.as_str()));
        let choices = methods.iter().map(|method| self.choice(method, form));
        let choices = tag("fieldset")
            .with(tag("legend").class("hidden").with(self.title()))
            .with(missing)
            .with(choices.collect::<Html>());
        let kept = [hidden("step", "claim"), kept_phone(form), hidden("code", form.text("code"))];
        kept.into_iter().chain([choices.into()]).collect()
    }

    fn choice(&self, method: &Method, form: &Form) -> Html {
        let id = format!("method-{}", method.platform);
        let is_chosen = form.text("method") == method.platform;
        let radio = tag("input")
            .set("type", "radio")
            .set("name", "method")
            .set("id", &id)
            .set("value", method.platform)
            .flag("checked", is_chosen);
        let label = tag("label")
            .set("for", &id)
            .with(tag("span").class("title").with(method.title))
            .with(tag("span").class("hint").with(method.about));
        let show = |row: &MethodField| row.field.show(form.text(row.field.name), &self.problems);
        let details = tag("div").class("details").with(method.fields.iter().map(show).collect::<Html>());
        tag("div").class("method").with(radio).with(label).with(details).into()
    }
}

fn phone_problems(link: &Link, form: &Form) -> Vec<Problem> {
    let (country, phone) = (country(form), phone(form));
    let mut problems = Vec::new();
    problems.extend((!is_digits(&country, 3)).then(|| problem("country_code", "1 to 3 digits.")));
    problems.extend(
        (!is_digits(&phone, 20)).then(|| problem("phone_number", "Please enter digits, 20 at most.")),
    );
    let is_other = |known: &Option<String>, given: &str| known.as_deref().is_some_and(|known| known != given);
    if problems.is_empty()
        && (is_other(&link.payee.country_code, &country) || is_other(&link.payee.phone_number, &phone))
    {
        problems.push(problem("phone_number", "This payout is for another phone number."));
    }
    problems
}

/// Returns the country code without the plus and spaces that people write with it.
fn country(form: &Form) -> String {
    bare(form.text("country_code"))
}

/// Returns the phone number without its country code, which people write with a plus, with two zeros or, in North
/// America, just so.
fn phone(form: &Form) -> String {
    let (text, country) = (form.text("phone_number").trim(), country(form));
    let digits = bare(text);
    let with_country = match digits.strip_prefix("00") {
        Some(rest) => Some(rest),
        None if text.starts_with('+') || country == "1" && digits.len() == 11 => Some(digits.as_str()),
        None => None,
    };
    let national = with_country.and_then(|digits| digits.strip_prefix(country.as_str()));
    national.map_or_else(|| digits.clone(), str::to_owned)
}

fn bare(text: &str) -> String {
    text.chars().filter(|character| !" +-.()\u{a0}".contains(*character)).collect()
}

fn is_digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn kept_phone(form: &Form) -> Html {
    [hidden("country_code", &country(form)), hidden("phone_number", &phone(form))].into_iter().collect()
}

fn problem(field: &'static str, text: &str) -> Problem {
    Problem { field, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method as HttpMethod};

    use super::*;
    use crate::http::Incoming;

    fn read(country: &str, number: &str) -> String {
        let encoded = number.replace('+', "%2B").replace(' ', "+");
        let body = format!("country_code={}&phone_number={encoded}", country.replace('+', "%2B"));
        let headers = HeaderMap::from_iter([(
            hyper::header::CONTENT_TYPE,
            hyper::header::HeaderValue::from_static("application/x-www-form-urlencoded"),
        )]);
        let incoming = Incoming {
            method: HttpMethod::POST,
            path: String::new(),
            query: None,
            headers,
            body: body.into(),
        };
        Form::read(&incoming).map(|form| phone(&form)).unwrap_or_default()
    }

    #[test]
    fn a_phone_number_is_read_as_people_write_it() {
        for number in
            ["2025550173", "+1 202-555-0173", "(202) 555-0173", "1 202 555 0173", "001 202.555.0173"]
        {
            assert_eq!(read("1", number), "2025550173", "{number}");
            assert_eq!(read("+1", number), "2025550173", "{number}");
        }
        assert_eq!(read("44", "+44 20 7946 0958"), "2079460958");
        // Another country's number stays as it is, so that the payee is told.
        assert_eq!(read("1", "+44 20 7946 0958"), "442079460958");
    }
}
