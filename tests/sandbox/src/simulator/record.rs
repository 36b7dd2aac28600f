//! The log of requests and answers, in the order of the decisions.
//!
//! It keeps the last ones, by default 10,000, so that a million payouts fit into memory.

use std::collections::VecDeque;

use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use uuid::Uuid;

use crate::{
    http::{Incoming, Reply},
    validation::PREFIX,
};

/// A request as the sandbox received it, without its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The method, in capitals.
    pub method: String,
    /// The path below `/api`, still encoded, without the query.
    pub path: String,
    /// The query without its question mark, still encoded.
    pub query: Option<String>,
    /// The headers, sorted by their lower-case names; `authorization` is left out.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there was none, or when it was too large to be read.
    pub body: String,
}

/// One request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: ReceivedRequest,
    pub(crate) key: Option<Uuid>,
    pub(crate) status: StatusCode,
    pub(crate) note: String,
    /// What a fault did to the answer. The note then begins with the status that was decided, if one was.
    pub(crate) fault: Option<String>,
}

/// The last exchanges, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Record {
    exchanges: VecDeque<Exchange>,
    forgotten: usize,
}

impl Record {
    /// Adds an exchange, and forgets the oldest beyond the limit.
    pub(crate) fn push(&mut self, exchange: Exchange, limit: usize) {
        self.exchanges.push_back(exchange);
        while self.exchanges.len() > limit {
            self.exchanges.pop_front();
            self.forgotten = self.forgotten.saturating_add(1);
        }
    }

    /// Returns the number of the last exchange.
    pub(crate) fn last(&self) -> usize {
        self.forgotten.saturating_add(self.exchanges.len())
    }

    /// Corrects what was answered in an exchange, if it is still kept.
    pub(crate) fn correct(&mut self, number: usize, answer: &Reply) {
        let place = number.checked_sub(self.forgotten.saturating_add(1));
        if let Some(exchange) = place.and_then(|place| self.exchanges.get_mut(place)) {
            exchange.status = answer.status;
            exchange.note = answer.note.clone();
            exchange.fault = None;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter()
    }

    /// Returns the last exchanges, newest first, with their numbers; the first exchange of the sandbox has number 1.
    pub(crate) fn latest(&self) -> impl Iterator<Item = (usize, &Exchange)> {
        let numbers = (1..=self.last()).rev();
        numbers.zip(self.exchanges.iter().rev())
    }

    /// Returns how many exchanges were dropped.
    pub(crate) fn forgotten(&self) -> usize {
        self.forgotten
    }
}

impl ReceivedRequest {
    pub(crate) fn new(incoming: &Incoming) -> Self {
        Self {
            method: incoming.method.as_str().to_owned(),
            path: incoming.path.strip_prefix(PREFIX).unwrap_or(&incoming.path).to_owned(),
            query: incoming.query.clone(),
            headers: headers(&incoming.headers),
            body: String::from_utf8_lossy(&incoming.body).into_owned(),
        }
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut texts = Vec::with_capacity(headers.len());
    let shown = headers.iter().filter(|(name, _)| *name != AUTHORIZATION);
    texts.extend(shown.map(|(name, value)| (name.as_str().to_owned(), text(value))));
    texts.sort_unstable();
    texts
}
