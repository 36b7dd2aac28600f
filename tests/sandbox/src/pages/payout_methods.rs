//! The payout methods that a payee can choose from, and the fields of each ([apireference/users/add-a-payout-method]).
//!
//! [apireference/users/add-a-payout-method]: https://docs.dots.dev/apireference/users/add-a-payout-method

use super::{
    fields::{Field, Input, Problem},
    form_data::Form,
};
use crate::spec::is_email;

/// A payout method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Method {
    /// The platform as the API writes it.
    pub(super) platform: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) fields: &'static [MethodField],
}

/// A field of a payout method.
#[derive(Clone, Copy, Debug)]
pub(super) struct MethodField {
    pub(super) field: Field,
    rule: Rule,
}

/// The rule for a text.
#[derive(Clone, Copy, Debug)]
enum Rule {
    Digits {
        least: usize,
        most: usize,
    },
    Email,
    /// A phone number, or a name that begins with `@`.
    PhoneOrHandle,
    /// Any text that is not empty.
    Something,
}

const ROUTING: Rule = Rule::Digits { least: 9, most: 9 };
const ACCOUNT: Rule = Rule::Digits { least: 4, most: 17 };

/// The methods that need only text; the others exist in flows of their own alone.
pub(super) const METHODS: [Method; 4] = [
    Method {
        platform: "ach",
        title: "Bank account",
        about: "US checking or savings account",
        fields: &[
            number("ach_routing_number", "Routing number", "9 digits", ROUTING),
            number("ach_account_number", "Account number", "4 to 17 digits", ACCOUNT),
            MethodField {
                field: Field {
                    name: "ach_account_type",
                    label: "Account type",
                    hint: "",
                    input: Input::Choice(&[("checking", "Checking"), ("savings", "Savings")]),
                    autocomplete: "off",
                },
                rule: Rule::Something,
            },
        ],
    },
    Method {
        platform: "paypal",
        title: "PayPal",
        about: "Paid to your e-mail address",
        fields: &[MethodField {
            field: Field {
                name: "paypal_email",
                label: "PayPal e-mail address",
                hint: "",
                input: Input::Email,
                autocomplete: "email",
            },
            rule: Rule::Email,
        }],
    },
    Method {
        platform: "venmo",
        title: "Venmo",
        about: "Paid to your phone number or handle",
        fields: &[MethodField {
            field: Field {
                name: "venmo_account",
                label: "Venmo phone number or handle",
                hint: "A handle begins with @",
                input: Input::Text,
                autocomplete: "off",
            },
            rule: Rule::PhoneOrHandle,
        }],
    },
    Method {
        platform: "cash_app",
        title: "Cash App",
        about: "Paid to the account behind your cashtag",
        fields: &[
            MethodField {
                field: Field {
                    name: "cash_app_tag",
                    label: "Cashtag",
                    hint: "Begins with $",
                    input: Input::Text,
                    autocomplete: "off",
                },
                rule: Rule::Something,
            },
            number("cash_app_routing_number", "Routing number", "9 digits", ROUTING),
            number("cash_app_account_number", "Account number", "4 to 17 digits", ACCOUNT),
        ],
    },
];

const fn number(name: &'static str, label: &'static str, hint: &'static str, rule: Rule) -> MethodField {
    MethodField { field: Field { name, label, hint, input: Input::Number, autocomplete: "off" }, rule }
}

impl Method {
    /// Finds a method by its platform.
    pub(super) fn find(platform: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.platform == platform)
    }

    /// Returns everything that is missing or invalid in the payee's answers.
    pub(super) fn problems(&self, form: &Form) -> Vec<Problem> {
        let problem = |row: &MethodField| {
            let text = row.rule.problem(form.text(row.field.name))?;
            Some(Problem { field: row.field.name, text })
        };
        self.fields.iter().filter_map(problem).collect()
    }
}

impl Rule {
    /// Returns what is wrong with a text.
    fn problem(self, text: &str) -> Option<String> {
        if text.is_empty() {
            return Some("Please fill this in.".to_owned());
        }
        match self {
            Self::Digits { least, most } => {
                let fits = (least..=most).contains(&text.len()) && is_number(text);
                let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
                (!fits).then(|| format!("This must be {range} digits, without spaces."))
            }
            Self::Email => (!is_email(text)).then(|| "This is not an e-mail address.".to_owned()),
            Self::PhoneOrHandle => {
                let fits = text.starts_with('@') || is_number(text);
                (!fits).then(|| "This is neither digits alone nor a handle that begins with @.".to_owned())
            }
            Self::Something => None,
        }
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
