//! The page of a payout link: who pays how much, why, and how to claim it; or why it cannot be claimed.

use hyper::{Method as HttpMethod, StatusCode};
use uuid::Uuid;

use super::{
    claim_wizard::{self, Question},
    flow,
    form_data::Form,
    format::{dollars, step_title},
    html::{Html, tag},
    layout::{Audience, Page, redirect, refused},
    payout_methods::{METHODS, Method},
};
use crate::{
    control::links::claim_for,
    http::{Incoming, Reply},
    simulator::{Simulator, World},
    state::{Kind, Link, LinkStatus, State},
};

/// How many characters of an amount fit on the smallest screen at the usual size.
const LONG: usize = 8;

/// Answers a request for the page of a flow.
pub(super) fn answer(simulator: &Simulator, incoming: &Incoming, flow: &str) -> Reply {
    let world = &mut *simulator.world();
    let Some(link) = Uuid::try_parse(flow).ok().and_then(|id| world.state.link_of_flow(id)).cloned() else {
        return flow::page(&world.state, flow);
    };
    if incoming.method != HttpMethod::POST {
        let paid = incoming.query.as_deref().and_then(|query| Method::find(query.strip_prefix("paid=")?));
        return show(&world.state, &link, paid);
    }
    match Form::read(incoming) {
        Ok(form) => take(world, &link, &form),
        Err(refusal) => refused(Audience::Payee, refusal, &incoming.path),
    }
}

/// Takes the payee's answers; once all are given, the link is claimed.
fn take(world: &mut World, link: &Link, form: &Form) -> Reply {
    if let Some(why_not) = why_not_now(&world.state, link, None) {
        return closed(&world.state, link, &why_not).status(StatusCode::CONFLICT).reply();
    }
    let methods = methods(&world.state, link);
    match claim_wizard::read(link, &methods, form) {
        Ok(claimant) => match claim_for(world, link.id, &claimant) {
            Ok(()) => redirect(format!("{}{}?paid={}", super::FLOW, link.flow_id, form.text("method"))),
            Err(refusal) => refused(Audience::Payee, refusal, &format!("{}{}", super::FLOW, link.flow_id)),
        },
        Err(question) => {
            let is_wrong = !question.problems.is_empty();
            let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            open(&world.state, link, &question, form).status(status).reply()
        }
    }
}

fn show(state: &State, link: &Link, paid: Option<&Method>) -> Reply {
    match why_not_now(state, link, paid) {
        Some(why_not) => closed(state, link, &why_not).reply(),
        None => open(state, link, &Question::first(), &Form::default()).reply(),
    }
}

/// The page of a link that can be claimed.
fn open(state: &State, link: &Link, question: &Question, form: &Form) -> Page {
    let methods = methods(state, link);
    let card = tag("div")
        .class("card")
        .with(heading(state, link))
        .with(reasons(link))
        .with(further_steps(link))
        .with(question.show(link, &methods, form));
    let error = if question.problems.is_empty() { "" } else { "Error: " };
    let title = format!("{error}{}, {} from {}", question.title(), dollars(link.amount), payer(state, link));
    Page::new(Audience::Payee, title, card)
}

/// Advice for a payee whose link will not be paid any more.
const ASK: &str = "If you expected it, please ask them for a new link.";

/// Why a link cannot be claimed.
struct WhyNot {
    title: &'static str,
    text: String,
    /// Whether this payee has just claimed it.
    is_done: bool,
}

/// Returns why a link cannot be claimed, or nothing when it can. `paid` is the method by which it was claimed just now.
fn why_not(status: LinkStatus, payer: &str, amount: &str, paid: Option<&Method>) -> Option<WhyNot> {
    let done = paid.filter(|_| status == LinkStatus::Claimed);
    if let Some(method) = done {
        let text = format!("{amount} is on its way to you by {}.", method.title);
        return Some(WhyNot { title: "You have claimed it", text, is_done: true });
    }
    let (title, text) = match status {
        LinkStatus::Claimed => {
            let text = "This payout was claimed. It is paid once, however often its link is opened.";
            ("Claimed already", text.to_owned())
        }
        LinkStatus::Canceled => ("Taken back", format!("{payer} has canceled this payout. {ASK}")),
        LinkStatus::Reversed => ("Taken back", format!("{payer} has taken this payout back. {ASK}")),
        LinkStatus::Expired => ("Too late", format!("This link has expired. {ASK}")),
        LinkStatus::Failed => ("No money came", format!("{payer} could not fund this payout. {ASK}")),
        LinkStatus::FundsPending => {
            let text = format!("The money is still on its way from {payer}. Please come back later.");
            ("Not yet", text)
        }
        LinkStatus::Created
        | LinkStatus::DeliveryPending
        | LinkStatus::Sent
        | LinkStatus::Delivered
        | LinkStatus::DeliveryFailed => return None,
    };
    Some(WhyNot { title, text, is_done: false })
}

fn why_not_now(state: &State, link: &Link, paid: Option<&Method>) -> Option<WhyNot> {
    why_not(link.status, &payer(state, link), &dollars(link.amount), paid)
}

/// The page of a link that cannot be claimed, which says why.
fn closed(state: &State, link: &Link, why_not: &WhyNot) -> Page {
    let said = tag("section")
        .class(if why_not.is_done { "done" } else { "why-not" })
        .set("role", "status")
        .with(tag("h2").with(why_not.title))
        .with(tag("p").with(why_not.text.as_str()));
    let card = tag("div").class("card").with(heading(state, link)).with(reasons(link)).with(said);
    let title = format!("{}, {} from {}", why_not.title, dollars(link.amount), payer(state, link));
    Page::new(Audience::Payee, title, card)
}

fn heading(state: &State, link: &Link) -> Html {
    let (payer, amount) = (payer(state, link), dollars(link.amount));
    let said = match link.status {
        LinkStatus::Claimed => format!("{payer} paid you"),
        LinkStatus::Canceled | LinkStatus::Expired | LinkStatus::Reversed | LinkStatus::Failed => {
            format!("Payout from {payer}")
        }
        LinkStatus::FundsPending
        | LinkStatus::Created
        | LinkStatus::DeliveryPending
        | LinkStatus::Sent
        | LinkStatus::Delivered
        | LinkStatus::DeliveryFailed => format!("{payer} pays you"),
    };
    // A long amount stays on one line on the smallest screen.
    let size = if amount.len() > LONG { "amount long" } else { "amount" };
    let payer = tag("span").class("payer").with(said);
    tag("h1").with(payer).with(" ").with(tag("span").class(size).with(amount)).into()
}

/// What the payer says about the payout. `description` and `metadata` are for the payer alone, and not shown.
fn reasons(link: &Link) -> Html {
    let said = [("For", &link.memo), ("Message", &link.message)];
    let rows = said.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
    let rows: Vec<_> = rows
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(name, text)| tag("div").with(tag("dt").with(name)).with(tag("dd").with(text)))
        .collect();
    (!rows.is_empty()).then(|| tag("dl").class("reasons").with(rows)).into()
}

/// The further steps of the link's flow, which Dots would ask the payee to take.
fn further_steps(link: &Link) -> Option<Html> {
    if link.additional_steps.is_empty() {
        return None;
    }
    let steps: Vec<_> = link.additional_steps.iter().map(|step| tag("li").with(step_title(step))).collect();
    let said = "Dots would also ask for these. The sandbox takes them as done when you claim.";
    let list = tag("ul").with(steps);
    Some(tag("div").class("note").with(tag("p").with(said)).with(list).into())
}

/// Returns the methods that neither the app nor the user excludes.
fn methods(state: &State, link: &Link) -> Vec<&'static Method> {
    let excluded = |platform: &str| {
        let app = state.objects.find(Kind::App, &link.app);
        let by_app = app.and_then(|app| app.field("payout_options_exclude_list").as_array());
        let by_app = by_app.is_some_and(|list| list.iter().any(|item| item == platform));
        let user = link.user_id.and_then(|id| state.users.find(&id));
        by_app
            || user.is_some_and(|user| user.payout_options_exclude_list.iter().any(|item| item == platform))
    };
    METHODS.iter().filter(|method| !excluded(method.platform)).collect()
}

/// Returns the name of the payer.
fn payer(state: &State, link: &Link) -> String {
    let app = state.objects.find(Kind::App, &link.app);
    app.and_then(|app| app.text("name")).unwrap_or("An app").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn every_state_but_an_open_one_says_why_a_link_cannot_be_claimed() {
        let said = |status| why_not(status, "Acme", "$10.00", None).map(|why_not| why_not.text);
        for status in
            [LinkStatus::Created, LinkStatus::Sent, LinkStatus::Delivered, LinkStatus::DeliveryFailed]
        {
            assert_eq!(said(status), None, "{}", status.as_str());
        }
        for (status, words) in [
            (LinkStatus::Claimed, "was claimed"),
            (LinkStatus::Canceled, "Acme has canceled"),
            (LinkStatus::Reversed, "Acme has taken this payout back"),
            (LinkStatus::Expired, "has expired"),
            (LinkStatus::Failed, "Acme could not fund"),
            (LinkStatus::FundsPending, "on its way from Acme"),
        ] {
            let said = said(status).unwrap();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn only_a_claimed_link_says_that_it_was_claimed_just_now() {
        let paid = Method::find("paypal");
        let done = why_not(LinkStatus::Claimed, "Acme", "$10.00", paid).unwrap();
        assert_eq!((done.text.as_str(), done.is_done), ("$10.00 is on its way to you by PayPal.", true));
        assert!(!why_not(LinkStatus::Canceled, "Acme", "$10.00", paid).unwrap().is_done);
    }
}
