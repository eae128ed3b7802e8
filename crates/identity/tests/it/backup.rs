//! A copy of the database, and what must not come back to life from it.

use crate::support::World;
use identity::store::Store;

#[tokio::test]
async fn a_copy_holds_what_was_declared_and_nothing_that_lives() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("identity.db");
    let store = world.service.store();
    store.copy_into(file.to_str().unwrap()).await.unwrap();
    let copy = Store::look(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    assert_eq!(copy.faults().await.unwrap(), [""; 0]);
    copy.close().await;

    let url = format!("sqlite:{}", file.display());
    let restored = World::left(&url, folder).await;
    assert!(restored.is_live(&token).await, "control: the copy is whole");
    let restored_store = restored.service.store();
    let ended = restored_store
        .end_everything(restored.moment.now)
        .await
        .unwrap();
    assert!(ended >= 2, "a session and a token at least, {ended}");
    assert!(world.is_live(&token).await, "the original goes on");
    let user = restored_store
        .user("my-domain", &session.user)
        .await
        .unwrap();
    assert!(user.is_some());
    let again = World::left(&url, tempfile::tempdir().unwrap()).await;
    assert!(!again.is_live(&token).await);
    let (fresh, _) = again.token().await;
    assert!(again.is_live(&fresh).await, "people sign in as before");
}
