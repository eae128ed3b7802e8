//! A world with one organization that keeps people (`my-domain`, with an AD FS door) and one that has accounts (`grid`, with a
//! StorageGRID door), each trusting the other through metadata only.

mod foreign;
mod world;

pub(crate) use foreign::{Foreign, Said};
pub(crate) use world::World;

use identity::Refused;
use identity::error::Unavailable;
use identity::moment::Random;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that look random and are the same in every run.
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed << 32))
    }
}

impl Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &count.to_be_bytes());
            chunk.copy_from_slice(&hash.as_ref()[..chunk.len()]);
        }
    }
}

/// A new database of that name beside the one that `TEST_DATABASE_URL` names: tests run at the same time, and each has its own.
/// None where the variable is not set.
pub(crate) async fn postgresql(name: &str) -> Option<String> {
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        eprintln!("not run: TEST_DATABASE_URL is not set");
        return None;
    };
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    Some(format!("{server}/{name}"))
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(
    answer: Result<Result<T, Refused>, Unavailable>,
) -> &'static str {
    answer
        .expect("the store answers")
        .expect_err("a refusal")
        .code
}

/// The outcome of an answer that is no refusal.
pub(crate) fn ok<T>(answer: Result<Result<T, Refused>, Unavailable>) -> T {
    answer.expect("the store answers").expect("no refusal")
}

/// The query string of a URL.
pub(crate) fn query(url: &str) -> &str {
    url.split_once('?').expect("a query").1
}
