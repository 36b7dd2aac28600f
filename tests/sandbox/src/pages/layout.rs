//! The layout of every page: the head, the note that no real money moves, and the security headers.

use hyper::{StatusCode, header};

use super::html::{Html, tag};
use crate::http::{Refusal, Reply};

/// The path of the pages' own files and parts.
pub(super) const FILES: &str = "/_sandbox/page";

const HTML: &str = "text/html; charset=utf-8";

/// The audience of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// The payee. An app on this machine may show the page in a frame, as with the real pages.
    Payee,
    /// The operator of the sandbox.
    Operator,
}

/// The content of a page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) audience: Audience,
    pub(super) title: String,
    pub(super) main: Html,
    /// After how many seconds the page reloads itself, for browsers without a script.
    pub(super) reload: Option<&'static str>,
    /// Whether the page keeps its live parts up to date.
    pub(super) live: bool,
}

impl Page {
    pub(super) fn new(audience: Audience, title: impl Into<String>, main: impl Into<Html>) -> Self {
        Self {
            status: StatusCode::OK,
            audience,
            title: title.into(),
            main: main.into(),
            reload: None,
            live: false,
        }
    }

    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Builds the answer.
    pub(super) fn reply(self) -> Reply {
        let Self { status, audience, title, main, reload, live } = self;
        let script = tag("script").set("src", format!("{FILES}/live.js")).flag("defer", true);
        let head = tag("head")
            .with(tag("meta").set("charset", "utf-8"))
            .with(meta("viewport", "width=device-width, initial-scale=1"))
            .with(meta("color-scheme", "light dark"))
            .with(meta("robots", "noindex"))
            .with(reload.map(|after| tag("meta").set("http-equiv", "refresh").set("content", after)))
            .with(tag("title").with(title))
            .with(tag("link").set("rel", "icon").set("href", "data:,"))
            .with(tag("link").set("rel", "stylesheet").set("href", format!("{FILES}/style.css")))
            .with(live.then_some(script));
        let skip = tag("a").class("skip").set("href", "#main").with("Skip to the content");
        let body = tag("body")
            .class(audience.class())
            .with((audience == Audience::Operator).then_some(skip))
            .with(tag("main").set("id", "main").with(main))
            .with((audience == Audience::Payee).then(footer));
        let html = Html::from(tag("html").set("lang", "en").with(head).with(body));
        let text = format!("<!doctype html>\n{}\n", html.as_str());
        guarded(Reply::bytes(status, HTML, text.into_bytes(), ""), audience)
    }
}

impl Audience {
    fn class(self) -> &'static str {
        match self {
            Self::Payee => "payee",
            Self::Operator => "operator",
        }
    }

    /// Returns which pages may show this one in a frame.
    fn frames(self) -> &'static str {
        match self {
            Self::Payee => "'self' http://localhost:* http://127.0.0.1:*",
            Self::Operator => "'none'",
        }
    }
}

/// Answers with a part of the operator's page.
pub(super) fn fragment(html: &Html) -> Reply {
    let reply = Reply::bytes(StatusCode::OK, HTML, html.as_str().as_bytes().to_vec(), "");
    guarded(reply, Audience::Operator)
}

/// Answers with one of the files that the pages load.
pub(super) fn file(content_type: &'static str, text: &'static str) -> Reply {
    guarded(Reply::bytes(StatusCode::OK, content_type, text.as_bytes().to_vec(), ""), Audience::Operator)
}

/// Redirects the browser, so that reloading the next page does not repeat the action.
pub(super) fn redirect(to: String) -> Reply {
    let mut reply = guarded(Reply::empty(StatusCode::SEE_OTHER, ""), Audience::Operator);
    reply.headers.push((header::LOCATION, to));
    reply
}

/// A page that says why something was not done.
pub(super) fn refused(audience: Audience, refusal: Refusal, back: &str) -> Reply {
    let reply = Reply::from(refusal);
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let message = body.get("message").and_then(serde_json::Value::as_str).unwrap_or_default();
    let card = tag("div")
        .class("card")
        .with(tag("h1").with("That was not done"))
        .with(tag("p").class("error").set("role", "alert").with(message))
        .with(tag("p").with(tag("a").set("href", back).with("Back")));
    Page::new(audience, "Not done", card).status(reply.status).reply()
}

fn meta(name: &'static str, content: &'static str) -> Html {
    tag("meta").set("name", name).set("content", content).into()
}

fn footer() -> Html {
    let note = "Sandbox: this page pays nobody. It stands in for the one that a payee sees.";
    tag("footer").with(tag("p").with(note)).into()
}

/// Adds the security headers: the page loads nothing from elsewhere, sends nothing elsewhere, and is not cached.
fn guarded(mut reply: Reply, audience: Audience) -> Reply {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors {}",
        audience.frames()
    );
    // `same-origin` and not `no-referrer`: with the latter a browser sends `Origin: null` with our own forms.
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "same-origin".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    reply.headers.extend(headers);
    reply
}
