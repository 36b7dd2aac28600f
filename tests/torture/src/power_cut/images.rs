//! What may be on the disk: what was synced, and any of what was not.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use fastrand::Rng;

use super::trace::{Happened, Watched};
use super::{lock_of, log_of};
use crate::Failure;

/// The unit in which a disk writes whole.
const SECTOR: usize = 512;

/// The files at a moment: what is certainly on the disk, and what was written since.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    synced: HashMap<Watched, Vec<u8>>,
    written: Vec<Happened>,
    /// The references whose requests have left, and those that the caller was told to be paid.
    pub sent: BTreeSet<String>,
    pub told: BTreeSet<String>,
}

/// One thing that a power cut may leave.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub name: String,
    files: HashMap<Watched, Vec<u8>>,
}

impl Disk {
    pub(super) fn of(file: &Path) -> Result<Self, Failure> {
        let mut synced = HashMap::from([(Watched::Main, fs::read(file)?)]);
        if let Ok(log) = fs::read(log_of(file)) {
            synced.insert(Watched::Log, log);
        }
        Ok(Self { synced, written: Vec::new(), sent: BTreeSet::new(), told: BTreeSet::new() })
    }

    /// The disk after something happened.
    pub(super) fn goes_on(&mut self, what: Happened, syncs_log: bool) {
        match what {
            Happened::Sent(reference) => drop(self.sent.insert(reference)),
            Happened::Told(reference) => drop(self.told.insert(reference)),
            Happened::Synced(Watched::Log) if !syncs_log => {}
            Happened::Synced(file) => {
                let (done, rest) =
                    std::mem::take(&mut self.written).into_iter().partition(|write| file_of(write) == file);
                self.written = rest;
                let done: Vec<Happened> = done;
                done.iter().for_each(|write| carry_out(&mut self.synced, write));
            }
            write => self.written.push(write),
        }
    }

    /// What a power cut may leave now: nothing of what was not synced, all of it, and samples between.
    pub(super) fn images(&self, rng: &mut Rng) -> Vec<Image> {
        let count = self.written.len();
        let mut images = vec![self.with("nothing more", |_| true, None)];
        if count == 0 {
            return images;
        }
        images.push(self.with("everything", |_| false, None));
        let dropped = rng.usize(..count);
        images.push(self.with(&format!("without write {dropped} of {count}"), |n| n == dropped, None));
        let first = rng.usize(..count);
        images.push(self.with(&format!("the first {first} of {count}"), |n| n >= first, None));
        images.push(self.with(&format!("from write {first} on"), |n| n < first, None));
        let chosen: Vec<bool> = (0..count).map(|_| rng.bool()).collect();
        images.push(self.with("half of it", |n| chosen.get(n).copied().unwrap_or(false), None));
        let torn = rng.usize(..count);
        images.push(self.with(
            &format!("write {torn} of {count} torn"),
            |n| n > torn,
            Some((torn, rng.usize(1..8))),
        ));
        images
    }

    fn with(&self, name: &str, is_lost: impl Fn(usize) -> bool, torn: Option<(usize, usize)>) -> Image {
        let mut files = self.synced.clone();
        for (n, write) in self.written.iter().enumerate().filter(|(n, _)| !is_lost(*n)) {
            match (write, torn) {
                (Happened::Wrote { file, at, bytes }, Some((at_write, sectors))) if at_write == n => {
                    let bytes = bytes.iter().take(sectors * SECTOR).copied().collect();
                    carry_out(&mut files, &Happened::Wrote { file: *file, at: *at, bytes });
                }
                _ => carry_out(&mut files, write),
            }
        }
        Image { name: name.to_owned(), files }
    }
}

impl Image {
    /// Puts it in the place of the file, which stays the same file to the system.
    pub(super) fn put(&self, file: &Path) -> Result<(), Failure> {
        for gone in [log_of(file), format!("{}-shm", file.display()).into()] {
            drop(fs::remove_file(gone));
        }
        let empty = Vec::new();
        let main = self.files.get(&Watched::Main).unwrap_or(&empty);
        OpenOptions::new().write(true).truncate(true).open(file)?.write_all(main)?;
        if let Some(log) = self.files.get(&Watched::Log) {
            File::create(log_of(file))?.write_all(log)?;
        }
        // How often it was opened is written after the file has it on the disk.
        fs::write(lock_of(file), "")?;
        Ok(())
    }
}

fn file_of(write: &Happened) -> Watched {
    match write {
        Happened::Wrote { file, .. } | Happened::Cut { file, .. } | Happened::Removed(file) => *file,
        Happened::Synced(file) => *file,
        Happened::Sent(_) | Happened::Told(_) => Watched::Main,
    }
}

fn carry_out(files: &mut HashMap<Watched, Vec<u8>>, write: &Happened) {
    match write {
        Happened::Wrote { file, at, bytes } => {
            let there = files.entry(*file).or_default();
            let end = at + bytes.len();
            if there.len() < end {
                there.resize(end, 0);
            }
            there[*at..end].copy_from_slice(bytes);
        }
        Happened::Cut { file, length } => files.entry(*file).or_default().resize(*length, 0),
        Happened::Removed(file) => drop(files.remove(file)),
        Happened::Synced(_) | Happened::Sent(_) | Happened::Told(_) => {}
    }
}
