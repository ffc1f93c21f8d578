//! What the audit leaf costs: the same statements in the same transactions with and without it, by turns, and looks at
//! people that share a commit.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use doudi_registry::StaffId;
use doudi_store::audit::Look;
use doudi_store::{Backend, Store, testing};

use crate::machine::Watch;

/// Turns of each kind.
const TURNS: i64 = 10;
/// Writers at once: SQLite lets them in one after the other.
const WRITERS: i64 = 8;

pub(crate) async fn measure(actions: i64) -> Result<()> {
    println!(
        "an action is an observation and an entry of a chain in one transaction; {actions} of each kind in {TURNS} turns, {WRITERS} writers, every commit on the disk, made-up data"
    );
    testing::durable();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let bare = testing::fresh(backend).await.map_err(|why| anyhow!(why))?;
        let with = testing::fresh(backend).await.map_err(|why| anyhow!(why))?;
        let share = (actions / TURNS).max(WRITERS);
        // A new store has leaves of its own.
        let own = [bare.store.waiting_leaves().await?.leaves, with.store.waiting_leaves().await?.leaves];
        let mut took: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
        for turn in 0..TURNS {
            // Who goes first changes from turn to turn.
            for half in 0..2 {
                let leaf = (turn + half) % 2 == 0;
                let store = if leaf { &with.store } else { &bare.store };
                let watch = Watch::start();
                write(store, turn * share, share, leaf).await?;
                let [without, audited] = &mut took;
                (if leaf { audited } else { without }).push(watch.took());
            }
        }
        let written = [bare.store.actions_written().await?, with.store.actions_written().await?];
        ensure!(written.first() == written.last(), "{written:?}: not the same rows");
        let more = [
            bare.store.waiting_leaves().await?.leaves - own[0],
            with.store.waiting_leaves().await?.leaves - own[1],
        ];
        ensure!(more == [0, share * TURNS], "{more:?} leaves");
        let [without, audited] = took.map(median);
        let rate = |took: Duration| u128::try_from(share).unwrap_or(0) * 1_000_000 / took.as_micros().max(1);
        let cost = 1000_u128.saturating_sub(without.as_micros() * 1000 / audited.as_micros().max(1));
        println!(
            "{backend:?}: {} actions/s bare, {} with the leaf (median of {TURNS}); the leaf takes {}.{} % of the throughput; equal rows",
            rate(without),
            rate(audited),
            cost / 10,
            cost % 10
        );
        looks(&with.store, 2_000).await?;
        bare.remove().await.map_err(|why| anyhow!(why))?;
        with.remove().await.map_err(|why| anyhow!(why))?;
    }
    Ok(())
}

async fn write(store: &Store, first: i64, share: i64, leaf: bool) -> Result<()> {
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            for number in (first + writer..first + share).step_by(usize::try_from(WRITERS).unwrap_or(1)) {
                store.write_action(number, leaf).await?;
            }
            Ok::<_, doudi_store::StoreError>(())
        }));
    }
    for writer in writers {
        writer.await??;
    }
    Ok(())
}

/// Looks one after the other and a hundred at once.
async fn looks(store: &Store, count: i64) -> Result<()> {
    let backend = store.backend();
    for readers in [1, 100] {
        let before = store.waiting_leaves().await?.leaves;
        let watch = Watch::start();
        let mut tasks = Vec::new();
        for _ in 0..readers {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                for number in 0..count / readers {
                    let subject = format!("household:{number}");
                    let page = format!("/households/{number}");
                    let look = Look { actor: Some(StaffId(1)), subject, page, shown: Vec::new() };
                    store.record_read(&look).await?;
                }
                Ok::<_, doudi_store::StoreError>(())
            }));
        }
        for task in tasks {
            task.await??;
        }
        let made = store.waiting_leaves().await?.leaves - before;
        ensure!(made == count, "{made} leaves of {count} looks");
        println!(
            "{backend:?}: looks by {readers} readers at once: {} /s",
            watch.rate(usize::try_from(count)?)
        );
    }
    Ok(())
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}
