//! Generic objects, stored as JSON: every kind without money or a complex life cycle.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Kind,
    label::Label,
    table::{Page, Query, Row, Table, UnknownCursor},
};

/// One object of a kind. Fields that no answer has are stored and never shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) id: Uuid,
    pub(crate) app: Uuid,
    /// The object that owns it, such as the vendor of a bank account.
    pub(crate) owner: Option<Uuid>,
    pub(crate) created: Timestamp,
    pub(crate) fields: Map<String, Value>,
}

impl Object {
    /// Returns a field; null when there is none.
    pub(crate) fn field(&self, name: &str) -> &Value {
        self.fields.get(name).unwrap_or(&Value::Null)
    }

    /// Returns a field that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.field(name).as_str()
    }

    /// Returns a field that is an id.
    pub(crate) fn id_in(&self, name: &str) -> Option<Uuid> {
        Uuid::try_parse(self.text(name)?).ok()
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Removes every field but these, so that a request cannot set the sandbox's own fields.
    pub(crate) fn keep(&mut self, names: &[&str]) {
        self.fields.retain(|name, _| names.contains(&name.as_str()));
    }

    /// Sets a field unless it exists.
    pub(crate) fn set_default(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.entry(name).or_insert_with(|| value.into());
    }
}

impl Row for Object {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn created(&self) -> Timestamp {
        self.created
    }

    fn labels(&self) -> Vec<Label> {
        let traits = self.kind.traits();
        let mut labels: Vec<Label> = traits
            .filters
            .iter()
            .filter_map(|field| Some(self.kind.label(field, self.text(field)?)))
            .collect();
        labels.extend(self.owner.map(Label::owner));
        labels.extend((!traits.shared).then(|| Label::app(self.app)));
        labels
    }
}

/// All objects, by kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    tables: BTreeMap<Kind, Table<Object>>,
}

impl Objects {
    pub(crate) fn find(&self, kind: Kind, id: &Uuid) -> Option<&Object> {
        self.tables.get(&kind)?.find(id)
    }

    pub(crate) fn has_held(&self, kind: Kind, id: &Uuid) -> bool {
        self.tables.get(&kind).is_some_and(|table| table.has_held(id))
    }

    pub(crate) fn page(&self, kind: Kind, query: &Query) -> Result<Page<'_, Object>, UnknownCursor> {
        match self.tables.get(&kind) {
            Some(table) => table.page(query),
            None if matches!(query.cursor, super::Cursor::Start) => {
                Ok(Page { rows: Vec::new(), has_more: false })
            }
            None => Err(UnknownCursor),
        }
    }

    /// Returns the objects of a kind with a label, oldest first.
    pub(crate) fn with(&self, kind: Kind, label: Label) -> impl DoubleEndedIterator<Item = &Object> {
        self.tables.get(&kind).into_iter().flat_map(move |table| table.with(label))
    }

    /// Returns all objects of a kind, oldest first.
    pub(crate) fn all(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Object> {
        self.tables.get(&kind).into_iter().flat_map(Table::iter)
    }

    pub(crate) fn next_number(&self, kind: Kind) -> u64 {
        self.tables.get(&kind).map_or(0, Table::next_number)
    }

    pub(super) fn put(&mut self, object: Object) {
        self.tables.entry(object.kind).or_default().put(object);
    }

    pub(super) fn remove(&mut self, kind: Kind, id: &Uuid) {
        if let Some(table) = self.tables.get_mut(&kind) {
            table.remove(id);
        }
    }
}
