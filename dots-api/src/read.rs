//! Lenient deserialization for the generated types.
#![allow(dead_code, reason = "the document decides which of these functions the generated types use")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};

use crate::scalar::AnsweredCents;
use crate::{Cents, PolicyValue};

/// A value that holds amounts, and how an answer writes it.
///
/// The amounts themselves read integers alone, because the caller's own JSON may mean dollars by text. What the
/// generator knows to come from Dots is read through this trait.
pub(crate) trait Money: Sized {
    /// The value as an answer holds it.
    type Answered: DeserializeOwned;

    /// Takes the value out of its lenient form.
    fn of_answer(answered: Self::Answered) -> Self;
}

impl Money for Cents {
    type Answered = AnsweredCents;

    fn of_answer(AnsweredCents(cents): AnsweredCents) -> Self {
        cents
    }
}

impl Money for PolicyValue {
    type Answered = serde_json::Value;

    fn of_answer(value: serde_json::Value) -> Self {
        value.into()
    }
}

impl<M: Money> Money for Option<M> {
    type Answered = Option<M::Answered>;

    fn of_answer(answered: Self::Answered) -> Self {
        answered.map(M::of_answer)
    }
}

impl<M: Money> Money for Vec<M> {
    type Answered = Vec<M::Answered>;

    fn of_answer(answered: Self::Answered) -> Self {
        answered.into_iter().map(M::of_answer).collect()
    }
}

impl<M: Money> Money for BTreeMap<String, M> {
    type Answered = BTreeMap<String, M::Answered>;

    fn of_answer(answered: Self::Answered) -> Self {
        answered.into_iter().map(|(key, value)| (key, M::of_answer(value))).collect()
    }
}

/// One of the functions below, as a type that [`object!`](crate::object::object) can name.
pub(crate) trait Reader<T> {
    /// Calls the function.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>;
}

/// Declares a type for each function, with the function's name.
macro_rules! readers {
    ($($name:ident $(<$kind:ident: $first:path $(, $more:path)*>)? -> $read:ty;)+) => {$(
        #[allow(non_camel_case_types, reason = "it is a function")]
        pub(crate) enum $name {}

        impl$(<$kind: $first $(+ $more)*>)? Reader<$read> for $name {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$read, D::Error> {
                $name(deserializer)
            }
        }
    )+};
}

readers! {
    plain<T: DeserializeOwned> -> T;
    money<M: Money> -> M;
    money_or_default<M: Default, Money> -> M;
    money_or_null<M: Money> -> Option<Option<M>>;
    of_answer<T: DeserializeOwned> -> T;
    money_of_both<M: DeserializeOwned, Money> -> M;
    money_of_both_or_null<M: DeserializeOwned, Money> -> Option<Option<M>>;
    null_as_true -> bool;
    null_kept<T: DeserializeOwned> -> Option<Option<T>>;
    unreadable_as_none<T: DeserializeOwned> -> Option<T>;
    null_as_default<T: Default, DeserializeOwned> -> T;
}

/// Reads a value as its type does.
pub(crate) fn plain<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer)
}

/// Reads amounts in any form in which Dots answers them.
pub(crate) fn money<'de, D, M>(deserializer: D) -> Result<M, D::Error>
where
    D: Deserializer<'de>,
    M: Money,
{
    M::Answered::deserialize(deserializer).map(M::of_answer)
}

/// As [`money`], and null is an empty value.
pub(crate) fn money_or_default<'de, D, M>(deserializer: D) -> Result<M, D::Error>
where
    D: Deserializer<'de>,
    M: Default + Money,
{
    money::<D, Option<M>>(deserializer).map(Option::unwrap_or_default)
}

/// As [`money`], and null is a value of its own.
pub(crate) fn money_or_null<'de, D, M>(deserializer: D) -> Result<Option<Option<M>>, D::Error>
where
    D: Deserializer<'de>,
    M: Money,
{
    money::<D, Option<M>>(deserializer).map(Some)
}

thread_local! {
    /// Whether this thread reads an answer of Dots.
    static READS_ANSWER: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, what this thread reads is an answer of Dots.
///
/// Some types with amounts stand in requests and in answers, and only who reads them knows which it is. A thread reads
/// one text from its beginning to its end, so that nothing else is read meanwhile.
pub(crate) struct Answer {
    before: bool,
}

impl Answer {
    /// Begins to read an answer.
    pub(crate) fn begin() -> Self {
        Self { before: READS_ANSWER.replace(true) }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        READS_ANSWER.set(self.before);
    }
}

/// Reads a part of an answer whose type requests carry too.
pub(crate) fn of_answer<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let _answer = Answer::begin();
    T::deserialize(deserializer)
}

/// Reads amounts of a type that requests and answers carry: leniently in an answer, strictly elsewhere.
pub(crate) fn money_of_both<'de, D, M>(deserializer: D) -> Result<M, D::Error>
where
    D: Deserializer<'de>,
    M: Deserialize<'de> + Money,
{
    if READS_ANSWER.get() { money(deserializer) } else { M::deserialize(deserializer) }
}

/// As [`money_of_both`], and null is a value of its own.
pub(crate) fn money_of_both_or_null<'de, D, M>(deserializer: D) -> Result<Option<Option<M>>, D::Error>
where
    D: Deserializer<'de>,
    M: Deserialize<'de> + Money,
{
    money_of_both::<D, Option<M>>(deserializer).map(Some)
}

/// What is expected of an end mark; [`read_again`](crate::read_again) never leaves out what an error says this of.
pub(crate) const END_MARK: &str = "whether the list goes on";

/// Reads whether a list goes on, and null as true: Dots does not say, so that the next page has to tell.
pub(crate) fn null_as_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    deserializer.deserialize_any(EndMark)
}

struct EndMark;

impl Visitor<'_> for EndMark {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(END_MARK)
    }

    fn visit_bool<E: de::Error>(self, goes_on: bool) -> Result<bool, E> {
        Ok(goes_on)
    }

    fn visit_unit<E: de::Error>(self) -> Result<bool, E> {
        Ok(true)
    }
}

/// Reads null as a value of its own, for fields where null and absence differ.
pub(crate) fn null_kept<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Reads a value that does not fit its type as absent, so that one odd row does not make the other rows unreadable.
pub(crate) fn unreadable_as_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value: Option<serde_json::Value> = Option::deserialize(deserializer)?;
    let _answer = Answer::begin();
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

/// Reads null as an empty value, since Dots writes either for "none".
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    let _answer = Answer::begin();
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(all(test, feature = "all-tags"))]
mod tests;
