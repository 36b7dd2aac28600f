//! Formats for people: money, times and ids.

use jiff::Timestamp;
use uuid::Uuid;

use super::html::{Html, tag};

/// The characters in a UUID, and how many of them a short id shows.
const UUID_LENGTH: usize = 36;
const SHORT_LENGTH: usize = 8;

/// Formats cents as dollars: `-$1,234.50`.
pub(super) fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{rest:02}")
}

/// Formats a time by the sandbox's clock, in UTC.
pub(super) fn moment(time: Timestamp) -> Html {
    let text = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    tag("time").set("datetime", time.to_string()).with(text).into()
}

/// Shortens an id; the whole id is in its tooltip.
pub(super) fn short(id: Uuid) -> Html {
    let whole = id.to_string();
    let begin: String = whole.chars().take(SHORT_LENGTH).collect();
    tag("code").set("title", whole).with(begin).into()
}

/// Shortens every id in a text.
pub(super) fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match rest.split_at_checked(UUID_LENGTH) {
            Some((id, after)) if Uuid::try_parse(id).is_ok() => {
                short.extend(id.chars().take(SHORT_LENGTH));
                rest = after;
            }
            _ => {
                short.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    short
}

/// Formats a status for people: `in review`.
pub(super) fn plain(status: &str) -> String {
    status.replace('_', " ")
}

/// Returns what a person calls a step of a flow.
pub(super) fn step_title(step: &str) -> String {
    let title = match step {
        "compliance" => "Tax form",
        "id-verification" => "Proof of identity",
        "background-check" => "Background check",
        "manage-payments" => "Ways to pay",
        "manage-payouts" => "Ways to be paid",
        "payout" => "Payout",
        "redirect" => "Back to the app",
        "pdf-form-fill" => "Form to fill in",
        other => other,
    };
    title.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_read_as_dollars() {
        let read = [0, 5, 1_000, 9_999_995, 100_000_000, -123_450].map(dollars);
        assert_eq!(read, ["$0.00", "$0.05", "$10.00", "$99,999.95", "$1,000,000.00", "-$1,234.50"]);
        assert_eq!(dollars(i64::MIN), "-$92,233,720,368,547,758.08");
    }

    #[test]
    fn ids_in_text_are_shortened_and_nothing_else_is() {
        let text = "created link 3c90c3cc-0d44-4b50-8888-8dd25736052a, é";
        assert_eq!(shortened(text), "created link 3c90c3cc, é");
        assert_eq!(shortened("3c90c3cc-0d44"), "3c90c3cc-0d44");
    }
}
