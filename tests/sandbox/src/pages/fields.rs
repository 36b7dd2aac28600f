//! Form fields: a label, a hint, the problems and the input, linked so that a screen reader reads all of them.

use super::html::{Element, Html, tag};

/// An input field with its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// Empty when the label is enough.
    pub(super) hint: &'static str,
    pub(super) input: Input,
    pub(super) autocomplete: &'static str,
}

/// The type of an input.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    Text,
    Email,
    /// Digits that are not a quantity, such as a phone number.
    Number,
    Phone,
    /// One of these values, by their labels.
    Choice(&'static [(&'static str, &'static str)]),
    /// Text, with suggestions from the list with this id.
    Suggested(&'static str),
}

/// A problem with a field.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) field: &'static str,
    pub(super) text: String,
}

impl Field {
    /// Shows the field with its previous value and the problems with it.
    pub(super) fn show(&self, value: &str, problems: &[Problem]) -> Html {
        let problem = problems.iter().find(|problem| problem.field == self.name);
        let (hint_id, problem_id) = (format!("{}-hint", self.name), format!("{}-problem", self.name));
        let has_hint = !self.hint.is_empty();
        let mut described = Vec::new();
        described.extend(has_hint.then_some(hint_id.as_str()));
        described.extend(problem.map(|_| problem_id.as_str()));
        let hint = has_hint.then(|| tag("span").class("hint").set("id", &hint_id).with(self.hint));
        let said = problem
            .map(|problem| tag("span").class("problem").set("id", &problem_id).with(problem.text.as_str()));
        let mut control = self.control(value).set("id", self.name).set("name", self.name);
        if problem.is_some() {
            control = control.set("aria-invalid", "true");
        }
        if !described.is_empty() {
            control = control.set("aria-describedby", described.join(" "));
        }
        let first = problems.first().is_some_and(|problem| problem.field == self.name);
        let label = tag("label").set("for", self.name).with(self.label);
        let control = control.flag("autofocus", first);
        tag("div").class("field").with(label).with(hint).with(said).with(control).into()
    }

    fn control(&self, value: &str) -> Element {
        let input =
            |kind| tag("input").set("type", kind).set("value", value).set("autocomplete", self.autocomplete);
        match self.input {
            Input::Text => input("text").set("spellcheck", "false").set("autocapitalize", "none"),
            Input::Suggested(list) => input("text").set("list", list).set("spellcheck", "false"),
            Input::Email => input("email"),
            Input::Number => input("text").set("inputmode", "numeric"),
            Input::Phone => input("tel"),
            Input::Choice(choices) => {
                let option = |(name, title): &(&'static str, &'static str)| {
                    tag("option").set("value", name).flag("selected", *name == value).with(*title)
                };
                tag("select").with(choices.iter().map(option).collect::<Vec<_>>())
            }
        }
    }
}

/// A hidden value that goes along from one step to the next.
pub(super) fn hidden(name: &'static str, value: &str) -> Html {
    tag("input").set("type", "hidden").set("name", name).set("value", value).into()
}

/// The button that sends a form.
pub(super) fn submit(text: &str) -> Html {
    tag("button").set("type", "submit").with(text).into()
}
