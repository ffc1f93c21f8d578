//! 金丝雀: one sealed value in the settings that tells whether keys are this database's, and which epoch is in use.

use doudi_access::{Epoch, Fault};

use crate::Backend;
use crate::audit::Entry;
use crate::classes::CANARY;
use crate::db::{Db, Tx, args};
use crate::error::{StoreError, StoreResult};
use crate::vault::{HEAD_CHARS, Vault, decode};

/// Its row in the settings.
pub(crate) const KEY: &str = "keys.canary";

const SONG: &str = "doudi";

/// Leaves a canary where there is none, opens the one that is there, and lets it say that newer keys are in use.
pub(crate) async fn meet(db: &Db) -> StoreResult<()> {
    let vault = &db.vault;
    let newest = vault.keys()?.newest();
    let read = "SELECT value FROM settings WHERE key = $1";
    let mut stored = db.fetch_one(read, args![KEY], |c| c.text()).await?;
    if stored.is_none() {
        let fresh = vault.seal(&CANARY, KEY, SONG)?;
        let mut tx = db.begin_bare().await?;
        let mine = tx
            .execute(
                "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
                args![KEY, fresh],
            )
            .await?;
        if mine == 1 {
            return tx.commit(Entry::at_large("keys.taken-up").with("epoch", newest)).await;
        }
        drop(tx);
        // Another node was first.
        stored = db.fetch_one(read, args![KEY], |c| c.text()).await?;
    }
    let stored = stored.ok_or(StoreError::WrongKeys)?;
    if hear(vault, &stored)? == newest {
        return Ok(());
    }
    let mut tx = db.begin_bare().await?;
    let fresh = vault.seal(&CANARY, KEY, SONG)?;
    let changed = tx
        .execute("UPDATE settings SET value = $2 WHERE key = $1 AND value = $3", args![KEY, fresh, &stored])
        .await?;
    if changed == 1 {
        return tx.commit(Entry::at_large("keys.rotated").with("epoch", newest)).await;
    }
    drop(tx);
    let stored = db.fetch_one(read, args![KEY], |c| c.text()).await?;
    hear(vault, &stored.ok_or(StoreError::WrongKeys)?).map(drop)
}

/// The epoch that the canary was sealed with, if these keys open it.
fn hear(vault: &Vault, stored: &str) -> StoreResult<Epoch> {
    let sealed = decode(stored).map_err(|_| StoreError::WrongKeys)?;
    let newest = vault.keys()?.newest();
    if sealed.epoch() > newest {
        return Err(StoreError::OldKeys { held: newest, in_use: sealed.epoch() });
    }
    match vault.open(&CANARY, KEY, stored) {
        Ok(song) if song == SONG => Ok(sealed.epoch()),
        Ok(_)
        | Err(StoreError::Sealed { fault: Fault::Broken | Fault::NoKey(_) | Fault::Malformed(_), .. }) => {
            Err(StoreError::WrongKeys)
        }
        Err(other) => Err(other),
    }
}

/// Keeps the epoch as it is until the end of a writing transaction: who seals with an older key is refused, and a rotation
/// waits for those who are writing.
pub(crate) async fn hold(tx: &mut Tx) -> StoreResult<()> {
    let mine = tx.vault.head(CANARY.class)?;
    let sql = match tx.backend {
        // One writer at a time.
        Backend::Sqlite => "SELECT value FROM settings WHERE key = $1",
        Backend::Postgres => "SELECT value FROM settings WHERE key = $1 FOR SHARE",
    };
    let stored = tx.fetch_one(sql, args![KEY], |c| c.text()).await?.ok_or(StoreError::WrongKeys)?;
    if stored.get(..HEAD_CHARS) == Some(mine.as_str()) {
        return Ok(());
    }
    let in_use = decode(&stored).map_err(|_| StoreError::WrongKeys)?.epoch();
    Err(StoreError::OldKeys { held: tx.vault.keys()?.newest(), in_use })
}
