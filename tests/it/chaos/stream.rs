//! Calls in buffered streams, whose loop bodies call as well while nobody polls the others.

use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt as _};

use super::drive::Task;
use super::program::Grouping;
use super::time::Time;

/// Makes one task of calls in a stream, and of calls in the body of its loop.
pub(super) fn group(
    grouping: Grouping,
    width: usize,
    calls: Vec<Task>,
    bodies: Vec<Task>,
    time: Time,
) -> Task {
    Box::pin(async move {
        match grouping {
            Grouping::BufferUnordered => drain(stream::iter(calls).buffer_unordered(width), bodies).await,
            Grouping::Buffered => drain(stream::iter(calls).buffered(width), bodies).await,
            Grouping::Unordered => drain(calls.into_iter().collect::<FuturesUnordered<_>>(), bodies).await,
            Grouping::Select => {
                if !calls.is_empty() {
                    futures_util::future::select_all(calls).await;
                }
                for body in bodies {
                    body.await;
                }
            }
            Grouping::Ticks => tick(stream::iter(calls).buffer_unordered(width), bodies, &time).await,
        }
    })
}

async fn drain(mut calls: impl Stream<Item = ()> + Unpin, mut bodies: Vec<Task>) {
    while let Some(()) = calls.next().await {
        if let Some(body) = bodies.pop() {
            body.await;
        }
    }
}

async fn tick(mut calls: impl Stream<Item = ()> + Unpin, mut bodies: Vec<Task>, time: &Time) {
    loop {
        let ready = select(calls.next(), Box::pin(time.wait(Duration::from_secs(1)))).await;
        if matches!(ready, Either::Left((None, _))) {
            return;
        }
        if let Some(body) = bodies.pop() {
            body.await;
        }
    }
}
