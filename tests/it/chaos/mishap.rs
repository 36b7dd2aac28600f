//! What happens to one request: on its way, at Dots, and on the way back.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

/// What happens to a request.
#[derive(Clone, Debug)]
pub(super) struct Mishap {
    pub(super) kind: Kind,
    /// How long after it left Dots has it, whether or not anybody still waits.
    pub(super) arrives: Duration,
    /// How long after it left the answer is there, or the connection breaks.
    pub(super) takes: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Fine,
    /// The connection breaks.
    Lost {
        commits: bool,
    },
    /// Nothing ever comes back.
    Silent {
        commits: bool,
    },
    /// Something else comes back than what Dots would say.
    Answer {
        status: u16,
        words: Words,
        wait: Wait,
        commits: bool,
    },
    /// The success comes back changed.
    Bent {
        bend: Bend,
        commits: bool,
    },
}

/// The body of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Dots,
    Code,
    Odd,
    Busy,
    Plain,
    Html,
    Empty,
    Cut,
    SaysTrue,
}

/// The forms of `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    None,
    Text(&'static str),
}

/// How a success is changed, so that it is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bend {
    OtherAmount,
    OtherPayee,
    EmptyId,
    SaysFalse,
    OnlyFalse,
    Html,
    Cut,
    Empty,
    List,
}

const STATUSES: [u16; 26] = [
    400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 425, 429, 429, 500, 500, 501, 502, 503, 503, 504,
    520, 302, 307, 204, 600,
];

const WAITS: [&str; 14] = [
    "0",
    "1",
    "5",
    "60",
    "3600",
    "2.5",
    "2, 2",
    "-1",
    "99999999999999999999",
    "soon",
    "Fri, 12 Jul 2024 12:31:33 GMT",
    "Friday, 12-Jul-24 12:31:33 GMT",
    "Fri Jul 12 12:31:33 2024",
    "Thu, 01 Jan 1970 00:00:00 GMT",
];

const BENDS: [Bend; 9] = [
    Bend::OtherAmount,
    Bend::OtherPayee,
    Bend::EmptyId,
    Bend::SaysFalse,
    Bend::OnlyFalse,
    Bend::Html,
    Bend::Cut,
    Bend::Empty,
    Bend::List,
];

const WORDS: [Words; 9] = [
    Words::Dots,
    Words::Code,
    Words::Odd,
    Words::Busy,
    Words::Plain,
    Words::Html,
    Words::Empty,
    Words::Cut,
    Words::SaysTrue,
];

impl Mishap {
    /// Nothing goes wrong.
    pub(super) const FINE: Self = Self { kind: Kind::Fine, arrives: Duration::ZERO, takes: Duration::ZERO };

    /// Draws one.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let commits = rng.bool();
        let kind = match rng.u8(..20) {
            0..=3 => Kind::Fine,
            4..=8 => Kind::Lost { commits },
            9 => Kind::Silent { commits },
            10..=16 => {
                let (status, words) = (*rng.choice(&STATUSES).unwrap(), *rng.choice(&WORDS).unwrap());
                let is_asked_to_wait = matches!(status, 429 | 503) && rng.u8(..3) > 0;
                let wait =
                    if is_asked_to_wait { Wait::Text(rng.choice(&WAITS).unwrap()) } else { Wait::None };
                // Dots does not lie: what it refuses in its own words, it does not carry out.
                let lies = is_refusal(status) && words.are_of_dots();
                Kind::Answer { status, words, wait, commits: commits && !lies }
            }
            _ => Kind::Bent { bend: *rng.choice(&BENDS).unwrap(), commits },
        };
        let millis = |rng: &mut Rng, longest: u64| Duration::from_millis(rng.u64(..longest));
        let (arrives, takes) = match rng.u8(..10) {
            0..=3 => (Duration::ZERO, Duration::ZERO),
            4..=6 => (millis(rng, 100), millis(rng, 500)),
            7 => (Duration::ZERO, millis(rng, 90_000)),
            8 => (millis(rng, 30_000), millis(rng, 5_000)),
            _ => (millis(rng, 2_000), millis(rng, 70_000)),
        };
        Self { kind, arrives, takes }
    }

    /// Whether Dots carries the request out.
    pub(super) fn commits(&self) -> bool {
        match self.kind {
            Kind::Fine => true,
            Kind::Lost { commits }
            | Kind::Silent { commits }
            | Kind::Answer { commits, .. }
            | Kind::Bent { commits, .. } => commits,
        }
    }

    /// Whether a refusal that no client can doubt hides that the request was carried out.
    pub(super) fn hides(&self) -> bool {
        let Kind::Answer { status, words, commits: true, .. } = self.kind else { return false };
        match status {
            401 | 403 => words.are_of_dots() || words == Words::Plain,
            429 => words.are_of_dots(),
            _ => false,
        }
    }
}

/// Whether a status in the words of Dots denies the payment.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 403 | 408 | 409 | 425 | 429)
}

impl Words {
    /// Whether only Dots writes like this.
    pub(super) fn are_of_dots(self) -> bool {
        matches!(self, Self::Dots | Self::Code | Self::Odd | Self::Busy)
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Dots => r#"{"success":false,"message":"no"}"#,
            Self::Code => r#"{"success":false,"message":"no","error_code":"invalid-input"}"#,
            Self::Odd => r#"{"success":false,"message":{"amount":["no"]},"error_code":1234}"#,
            Self::Busy => r#"{"success":false,"message":"busy","error_code":"resource-busy"}"#,
            Self::Plain => r#"{"message":"Unauthorized"}"#,
            Self::Html => "<html><body>nginx</body></html>",
            Self::Empty => "",
            Self::Cut => r#"{"success":false,"mess"#,
            Self::SaysTrue => r#"{"success":true}"#,
        }
    }
}

impl Bend {
    /// Changes a success, so that whoever looks sees that it is none.
    pub(super) fn apply(self, mut answer: Value) -> String {
        match self {
            Self::OtherAmount | Self::OtherPayee => self.speak_of_another(&mut answer),
            Self::EmptyId => answer["id"] = json!(""),
            Self::SaysFalse => answer["success"] = json!(false),
            Self::OnlyFalse => return Words::Code.text().to_owned(),
            Self::Html => return Words::Html.text().to_owned(),
            Self::Empty => return String::new(),
            Self::List => return "[]".to_owned(),
            Self::Cut => {
                let mut text = answer.to_string();
                text.truncate(text.len() - 2);
                return text;
            }
        }
        answer.to_string()
    }

    fn speak_of_another(self, answer: &mut Value) {
        const OTHER: &str = "11111111-1111-4111-8111-111111111111";
        let payee = self == Self::OtherPayee;
        if payee && answer["payee"].is_object() {
            answer["payee"]["phone_number"] = json!("2025559999");
        } else if payee && answer["user_id"].is_string() {
            answer["user_id"] = json!(OTHER);
            answer["claimed_user_id"] = json!(OTHER);
        } else if let Some(amount) = answer["amount"].as_i64() {
            answer["amount"] = json!(amount + 1);
        } else {
            answer["idempotency_key"] = json!(OTHER);
        }
    }
}
