//! 合并提交: looks and refusals that wait at the same time share one transaction. Each is told so only when its own leaf is durable.

use std::sync::Mutex;

use tokio::sync::oneshot;

use super::Look;
use super::entry::Entry;
use super::refusals::{Refused, Told};
use crate::{Store, StoreResult};

/// The most looks of one transaction.
const MOST: usize = 256;

/// Looks that wait for the writer.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever commits; the others wait for it, and find their own look committed.
    turn: tokio::sync::Mutex<()>,
}

/// What leaves a leaf although nothing changes.
#[derive(Clone, Debug)]
enum Seen {
    Look(Look),
    Refused(Vec<Told>),
}

impl Seen {
    fn entries(&self) -> Vec<Entry> {
        match self {
            Self::Look(look) => vec![Entry::of_look(look)],
            Self::Refused(all) => all.iter().map(Entry::of_refused).collect(),
        }
    }
}

#[derive(Debug)]
struct Waiting {
    seen: Seen,
    done: oneshot::Sender<()>,
}

impl Looks {
    fn join(&self, waiting: Waiting) {
        self.lock().push(waiting);
    }

    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.lock();
        let some = waiting.len().min(MOST);
        waiting.drain(..some).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        // A list of looks is whole at every moment, whatever became of the thread that held it.
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Store {
    /// Records that somebody is about to see a page about people; the page may leave only after this has succeeded.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_read(&self, look: &Look) -> StoreResult<()> {
        self.record_seen(Seen::Look(look.clone())).await
    }

    /// Records that somebody was refused; the answer may leave only after this has succeeded. Equal refusals of one
    /// person within a minute are counted, and their number stands in the next leaf; different ones are one leaf each, up
    /// to [`LEAVES_A_MINUTE`](super::LEAVES_A_MINUTE) of a person. `now_ms` is any clock in milliseconds.
    ///
    /// # Errors
    /// Only those of the database.
    pub async fn record_refused(&self, refused: &Refused, now_ms: i64) -> StoreResult<()> {
        let told = self.refusals.take(refused, now_ms);
        if told.is_empty() {
            return Ok(());
        }
        self.record_seen(Seen::Refused(told)).await
    }

    async fn record_seen(&self, seen: Seen) -> StoreResult<()> {
        let (done, mut told) = oneshot::channel();
        self.looks.join(Waiting { seen: seen.clone(), done });
        loop {
            let turn = self.looks.turn.lock().await;
            match told.try_recv() {
                Ok(()) => return Ok(()),
                // Whoever had taken this look failed or went away before its commit.
                Err(oneshot::error::TryRecvError::Closed) => {
                    drop(turn);
                    return self.record_all(&[&seen]).await;
                }
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let some = self.looks.take();
            // A page whose reader has gone does not need its leaf.
            let some: Vec<Waiting> = some.into_iter().filter(|w| !w.done.is_closed()).collect();
            let all: Vec<&Seen> = some.iter().map(|w| &w.seen).collect();
            if let Err(error) = self.record_all(&all).await {
                // The others find their places empty and try alone.
                drop(some);
                return Err(error);
            }
            for waiting in some {
                let _ = waiting.done.send(());
            }
        }
    }

    async fn record_all(&self, all: &[&Seen]) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let mut last: Option<Entry> = None;
        for entry in all.iter().flat_map(|seen| seen.entries()) {
            if let Some(before) = last.replace(entry) {
                before.write(&mut tx).await?;
            }
        }
        match last {
            Some(entry) => tx.commit(entry).await,
            None => Ok(()),
        }
    }
}
