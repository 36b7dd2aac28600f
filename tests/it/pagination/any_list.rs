//! Type erasure: any paginated list, with the types of its rows hidden.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use dots_api::{CursorList, CursorListVisitor, OperationMeta};
use dots_api_ext::{Dots, Error, Items, Pages};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A list of the API; operations are given as JSON, rows are identified by their ids.
#[derive(Clone)]
pub(super) struct AnyList {
    pub(super) meta: &'static OperationMeta,
    acts: Arc<dyn Acts>,
}

/// Returns every list with cursors.
pub(super) fn lists() -> Vec<AnyList> {
    struct Collector(Vec<AnyList>);
    impl CursorListVisitor for Collector {
        fn visit<L: CursorList + Serialize + DeserializeOwned>(&mut self) {
            self.0.push(AnyList { meta: L::META, acts: Arc::new(ActsOf::<L>(PhantomData)) });
        }
    }
    let mut collector = Collector(Vec::new());
    dots_api::visit_cursor_lists(&mut collector);
    collector.0
}

/// Reads the rest of a stream of rows.
pub(super) async fn rest<L: CursorList>(items: &mut Items<L>) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    while let Some(row) = items.next().await {
        ids.push(L::row_id(&row?).to_string());
    }
    assert!(items.next().await.is_none(), "`{}` goes on after its end", L::META.id);
    Ok(ids)
}

/// Reads the rest of a stream of pages.
pub(super) async fn rest_by_pages<L: CursorList>(pages: &mut Pages<L>) -> Result<Vec<Vec<String>>, Error> {
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        ids.push(L::rows(&page).iter().map(|row| L::row_id(row).to_string()).collect());
    }
    assert!(pages.next().await.is_none(), "`{}` goes on after its end", L::META.id);
    Ok(ids)
}

impl AnyList {
    /// The rows of a single call, without pagination.
    pub(super) async fn at_once(&self, dots: &Dots, operation: Value) -> Vec<String> {
        self.acts.at_once(dots.clone(), operation).await.unwrap()
    }

    /// The rows in the order in which the stream yields them.
    pub(super) async fn items(&self, dots: &Dots, operation: Value) -> Result<Vec<String>, Error> {
        self.acts.items(dots.clone(), operation).await
    }

    /// The rows of each page.
    pub(super) async fn pages(&self, dots: &Dots, operation: Value) -> Result<Vec<Vec<String>>, Error> {
        self.acts.pages(dots.clone(), operation).await
    }

    /// Reads one row, awaits `meanwhile` and reads the others.
    pub(super) async fn interrupted(
        &self,
        dots: &Dots,
        operation: Value,
        meanwhile: Pending<()>,
    ) -> Result<Vec<String>, Error> {
        self.acts.interrupted(dots.clone(), operation, meanwhile).await
    }

    /// Reads row by row, each with a new stream that starts where the one before stopped.
    pub(super) async fn resumed_at_every_row(
        &self,
        dots: &Dots,
        operation: Value,
    ) -> Result<Vec<String>, Error> {
        self.acts.resumed_at_every_row(dots.clone(), operation).await
    }
}

impl Debug for AnyList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.meta.id)
    }
}

trait Acts: Send + Sync {
    fn at_once(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<String>, Error>>;
    fn items(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<String>, Error>>;
    fn pages(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<Vec<String>>, Error>>;
    fn interrupted(
        &self,
        dots: Dots,
        operation: Value,
        meanwhile: Pending<()>,
    ) -> Pending<Result<Vec<String>, Error>>;
    fn resumed_at_every_row(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<String>, Error>>;
}

struct ActsOf<L>(PhantomData<fn() -> L>);

fn parsed<L: CursorList + DeserializeOwned>(operation: Value) -> L {
    serde_json::from_value(operation).unwrap_or_else(|error| panic!("{}: {error}", L::META.id))
}

impl<L: CursorList + DeserializeOwned> Acts for ActsOf<L> {
    fn at_once(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<String>, Error>> {
        Box::pin(async move {
            let page = dots.run::<L>(parsed(operation)).await?;
            Ok(L::rows(&page).iter().map(|row| L::row_id(row).to_string()).collect())
        })
    }

    fn items(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<String>, Error>> {
        Box::pin(async move { rest(&mut dots.list::<L>(parsed(operation)).items()).await })
    }

    fn pages(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<Vec<String>>, Error>> {
        Box::pin(async move { rest_by_pages(&mut dots.list::<L>(parsed(operation)).pages()).await })
    }

    fn interrupted(
        &self,
        dots: Dots,
        operation: Value,
        meanwhile: Pending<()>,
    ) -> Pending<Result<Vec<String>, Error>> {
        Box::pin(async move {
            let mut items = dots.list::<L>(parsed(operation)).items();
            let first = items.next().await.unwrap()?;
            meanwhile.await;
            let mut ids = vec![L::row_id(&first).to_string()];
            ids.extend(rest(&mut items).await?);
            Ok(ids)
        })
    }

    fn resumed_at_every_row(&self, dots: Dots, operation: Value) -> Pending<Result<Vec<String>, Error>> {
        Box::pin(async move {
            let mut items = dots.list::<L>(parsed(operation)).items();
            let mut ids = Vec::new();
            while let Some(row) = items.next().await {
                ids.push(L::row_id(&row?).to_string());
                items = items.resume().items();
            }
            Ok(ids)
        })
    }
}
