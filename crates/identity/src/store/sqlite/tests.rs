use super::*;
use crate::store::Store;
use sqlx::{Row, query};

fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some ?%20 name.db");
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn create(path: &str) -> Sqlite {
    Sqlite::open(path, Opening::Create).unwrap()
}

#[test]
fn a_number_names_its_argument_wherever_it_stands() {
    let mut sqlite = Sqlite::in_memory().unwrap();
    let mut question = query("select $11 as k, $2 as b, $1 as a, $2 as again, $12 as nobodys");
    for number in 1..=11_i64 {
        question = question.bind(number * 10);
    }
    let given = sqlite.ask(question, ALL).unwrap();
    let row = &given.rows[0];
    let numbers = ["k", "b", "a", "again"].map(|name| row.try_get::<i64, _>(name).unwrap());
    assert_eq!(numbers, [110, 20, 10, 20]);
    assert_eq!(row.try_get::<Option<i64>, _>("nobodys").unwrap(), None);
}

#[test]
fn values_come_out_as_they_went_in() {
    let mut sqlite = Sqlite::in_memory().unwrap();
    let question = query("select $1 as t, $2 as b, $3 as n, $4 as yes, $5 as real")
        .bind("ü\0'")
        .bind(vec![0_u8, 255])
        .bind(i64::MIN)
        .bind(true)
        .bind(0.5);
    let given = sqlite.ask(question, 1).unwrap();
    let row = &given.rows[0];
    assert_eq!(row.try_get::<&str, _>("t").unwrap(), "ü\0'");
    assert_eq!(row.try_get::<Vec<u8>, _>("b").unwrap(), [0, 255]);
    assert_eq!(row.try_get::<i64, _>("n").unwrap(), i64::MIN);
    assert_eq!(row.try_get::<i64, _>("yes").unwrap(), 1);
    let real: f64 = row.try_get("real").unwrap();
    assert!((real - 0.5).abs() < f64::EPSILON);
}

#[test]
fn what_writes_is_counted_and_goes_to_its_end() {
    let mut sqlite = Sqlite::in_memory().unwrap();
    sqlite.ask("create table t (n integer unique)", 0).unwrap();
    let several = query("insert into t values ($1), (2), (3) returning n").bind(1);
    let given = sqlite.ask(several, 1).unwrap();
    assert_eq!((given.rows.len(), given.changed), (1, 3));
    let again = query("insert into t values ($1) on conflict do nothing").bind(1);
    assert_eq!(sqlite.ask(again, 0).unwrap().changed, 0);
    let doubled = query("insert into t values ($1)").bind(1);
    let error = sqlite.ask(doubled, 0).err().unwrap();
    let kind = error.as_database_error().unwrap().kind();
    assert!(matches!(kind, ErrorKind::UniqueViolation), "{error}");
}

#[test]
fn columns_are_those_of_now_where_another_process_has_migrated() {
    let (_folder, path) = file();
    let (mut ours, mut theirs) = (create(&path), create(&path));
    ours.ask("create table p (a text); insert into p values ('A')", 0)
        .unwrap();
    let names = |sqlite: &mut Sqlite| {
        let given = sqlite
            .ask(query("select p.*, 'B' as b from p"), ALL)
            .unwrap();
        let row = &given.rows[0];
        ["a", "b"].map(|name| row.try_get::<String, _>(name).unwrap())
    };
    assert_eq!(names(&mut ours), ["A", "B"]);
    theirs
        .ask("alter table p add column fresh text default 'NEW'", 0)
        .unwrap();
    assert_eq!(names(&mut ours), ["A", "B"]);
    assert_eq!(names(&mut ours), ["A", "B"]);
}

#[test]
fn a_path_is_a_path() {
    let (folder, path) = file();
    create(&path);
    assert!(std::fs::exists(&path).unwrap());
    let missing = folder.path().join("missing.db");
    assert!(Sqlite::open(missing.to_str().unwrap(), Opening::Existing).is_err());
    assert!(Sqlite::open("", Opening::Create).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_is_made_once_however_many_open_it() {
    let (_folder, path) = file();
    let url = format!("sqlite:{path}");
    let opening = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::open(&url).await.map(drop) })
    });
    for opened in opening.collect::<Vec<_>>() {
        opened.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_is_asked_after_the_end_is_refused() {
    let (_folder, path) = file();
    let store = Store::open(&format!("sqlite:{path}")).await.unwrap();
    store.ready().await.unwrap();
    tokio::join!(store.close(), store.close());
    assert!(store.ready().await.is_err());
    let written = store.write(|_| Box::pin(async { Ok(Ok::<(), ()>(())) }));
    assert!(written.await.is_err());
    let _ = std::fs::remove_file(&path);
    assert!(
        !std::fs::exists(format!("{path}-wal")).unwrap(),
        "closed by all"
    );
}

#[tokio::test]
async fn an_effect_that_waits_for_something_else_is_refused_and_undone() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let waits = store.write(|connection| {
        Box::pin(async move {
            query("create table left_behind (n integer)")
                .execute(&mut *connection)
                .await?;
            std::future::pending::<()>().await;
            Ok(Ok::<(), ()>(()))
        })
    });
    assert!(waits.await.is_err());
    let goes_on = store.write(|connection| {
        Box::pin(async move {
            let left = query("select name from sqlite_master where name = 'left_behind'")
                .fetch_optional(connection)
                .await?;
            Ok(Ok::<bool, ()>(left.is_none()))
        })
    });
    assert_eq!(goes_on.await.unwrap(), Ok(true));
}

#[tokio::test]
async fn nothing_is_written_once_the_transaction_is_over() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let ends = store.write(|connection| {
        Box::pin(async move {
            // As a full disk does it.
            query("rollback").execute(&mut *connection).await?;
            query("create table left_behind (n integer)")
                .execute(&mut *connection)
                .await?;
            Ok(Ok::<(), ()>(()))
        })
    });
    assert!(ends.await.is_err());
    store.ready().await.unwrap();
    let (left, control) = store
        .write(|connection| {
            Box::pin(async move {
                let mut there = Vec::new();
                for name in ["left_behind", "organizations"] {
                    let found = query("select name from sqlite_master where name = $1")
                        .bind(name)
                        .fetch_optional(&mut *connection)
                        .await?;
                    there.push(found.is_some());
                }
                Ok(Ok::<_, ()>((there[0], there[1])))
            })
        })
        .await
        .unwrap()
        .unwrap();
    assert_eq!((left, control), (false, true));
}
