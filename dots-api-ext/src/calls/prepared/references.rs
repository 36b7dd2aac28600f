//! Business references of a call, from which its idempotency keys are made when it is sent.

use dots_api::IdempotencyKey;

use crate::policy::idempotency::{Scope, key_of_reference};
use crate::policy::validate::Check;

/// The references of one call.
#[derive(Clone)]
pub(crate) struct References<O> {
    pub own: Option<Reference<O>>,
    pub items: Option<ItemReferences<O>>,
}

/// A reference, and how the key that is made of it gets into the operation.
pub(crate) struct Reference<O> {
    pub text: String,
    pub set_key: fn(&mut O, IdempotencyKey),
}

/// The references of the items of a batch.
#[derive(Clone)]
pub(crate) struct ItemReferences<O> {
    /// Which item has which reference.
    pub texts: Vec<(usize, String)>,
    /// What keys of items are made of in place of an operation's id.
    pub kind: &'static str,
    pub set_key: fn(&mut O, usize, IdempotencyKey),
    /// Checks the operation when all keys are in it.
    pub check: fn(&O) -> Check,
}

impl<O> References<O> {
    /// Returns the key of the call's own reference, if it has a valid one.
    pub(super) fn own_key(&self, id: &str, scope: Scope<'_>) -> Option<IdempotencyKey> {
        key_of_reference(scope, id, &self.own.as_ref()?.text).ok()
    }

    /// Makes the keys and puts them into an operation.
    pub(super) fn set_on(self, operation: &mut O, id: &str, scope: Scope<'_>) -> Check {
        if let Some(Reference { text, set_key }) = self.own {
            set_key(operation, key_of_reference(scope, id, &text)?);
        }
        let Some(ItemReferences { texts, kind, set_key, check }) = self.items else { return Ok(()) };
        for (index, text) in texts {
            let key = key_of_reference(scope, kind, &text);
            set_key(operation, index, key.map_err(|why| format!("item {}: {why}", index + 1))?);
        }
        check(operation)
    }
}

impl<O> Default for References<O> {
    fn default() -> Self {
        Self { own: None, items: None }
    }
}

impl<O> Clone for Reference<O> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), set_key: self.set_key }
    }
}
