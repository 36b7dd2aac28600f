//! The face of the client: what a program reads from it, prints of it, compares, and makes for its own tests.
//!
//! | file | proves |
//! |---|---|
//! | `kinds` | each failure has a kind, and a conflict says what exists |
//! | `fakes` | errors and replies can be made by hand |
//! | `printed` | what waits to be sent shows where it goes, on one line, and no personal data |
//! | `values` | phone numbers and amounts as people write them; value types are compared and hashed |

mod fakes;
mod kinds;
mod printed;
mod values;
