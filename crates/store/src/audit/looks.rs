//! 合并提交: looks that wait at the same time share one transaction. Each is told so only when its own leaf is durable.

use std::sync::Mutex;

use tokio::sync::oneshot;

use super::Look;
use super::entry::Entry;
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

#[derive(Debug)]
struct Waiting {
    look: Look,
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
        let (done, mut told) = oneshot::channel();
        self.looks.join(Waiting { look: look.clone(), done });
        loop {
            let turn = self.looks.turn.lock().await;
            match told.try_recv() {
                Ok(()) => return Ok(()),
                // Whoever had taken this look failed or went away before its commit.
                Err(oneshot::error::TryRecvError::Closed) => {
                    drop(turn);
                    return self.record_all(&[look]).await;
                }
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let some = self.looks.take();
            // A page whose reader has gone does not need its leaf.
            let some: Vec<Waiting> = some.into_iter().filter(|w| !w.done.is_closed()).collect();
            let looks: Vec<&Look> = some.iter().map(|w| &w.look).collect();
            if let Err(error) = self.record_all(&looks).await {
                // The others find their places empty and try alone.
                drop(some);
                return Err(error);
            }
            for waiting in some {
                let _ = waiting.done.send(());
            }
        }
    }

    async fn record_all(&self, looks: &[&Look]) -> StoreResult<()> {
        let mut tx = self.db.begin().await?;
        let mut last: Option<Entry> = None;
        for look in looks {
            if let Some(before) = last.replace(Entry::of_look(look)) {
                before.write(&mut tx).await?;
            }
        }
        match last {
            Some(entry) => tx.commit(entry).await,
            None => Ok(()),
        }
    }
}
