//! The workspace's own commands, as a library so that tests can reach them.
//!
//! `cargo xtask --help` lists the commands. xtask depends on no other member of the workspace: it must run when
//! the generated code does not compile.
//!
//! - [`flags`]: the command line, declared in one place
//! - [`regen`]: the OpenAPI document in, `dots-api/src/generated/` out
//! - [`tidy`]: the rules of the house that no compiler checks
//! - [`ci`]: everything that has to hold before a change goes in
//! - [`mutants`]: the bugs that make clients pay twice, planted, and the tests that catch them
//! - [`problem`]: what is wrong, where, and what to do about it
//! - [`report`]: the one module that prints

#![forbid(unsafe_code)]

pub mod ci;
pub mod flags;
pub mod mutants;
pub mod problem;
pub mod regen;
pub mod report;
pub mod tidy;
pub mod workspace;
