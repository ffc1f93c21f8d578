//! Serves the small county of the tests, for work on the pages: `cargo run --release -p doudi-web --example serve`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a tool for work on the pages stops at the first surprise"
)]

#[path = "../tests/support/county.rs"]
mod county;

use doudi_store::Store;
use doudi_web::{AppState, Config, serve_on};

#[tokio::main]
async fn main() {
    let port: u16 = std::env::args().nth(1).map_or(0, |p| p.parse().unwrap());
    let folder = std::env::temp_dir().join(format!("doudi-serve-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store =
        Store::open(&format!("sqlite:{}", folder.join("doudi.db").display()), doudi_store::testing::keys())
            .await
            .unwrap();
    let county = county::build(store, county::law()).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let config = Config { addr, ..Config::default() };
    let state = AppState::new(county.store, county.law, config).await.unwrap();
    println!("http://{addr}/");
    serve_on(state, listener).await.unwrap();
}
