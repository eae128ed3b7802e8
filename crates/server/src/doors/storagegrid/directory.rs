//! Who and what stands behind a token's account, to read: groups and users of a tenant, accounts of the grid.

use crate::doors::storagegrid::Grid;
use crate::doors::storagegrid::access::opened;
use crate::doors::storagegrid::api::{Api, Failure};
use crate::doors::storagegrid::credential::Side;
use crate::doors::storagegrid::paging::Page;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use hyper::HeaderMap;
use identity::accounts::Account;
use identity::directory::{Group, Person};
use identity::tokens::Token;
use serde_json::{Value, json};

/// `GET /api/v3/org/groups`: the groups that the account admits.
pub(super) async fn org_groups(
    State(grid): State<Grid>,
    api: Api,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (_, account) = opened(&grid, &api, &headers, Side::Tenant).await?;
    let page = Page::read(&api, query.as_deref())?;
    let groups = grid
        .app
        .service
        .account_groups(&account, &grid.door.entity.organization)
        .await
        .map_err(|unavailable| api.unavailable(&unavailable))?;
    let named = groups.into_iter().filter(|group| {
        page.federated
            .is_none_or(|federated| group.federated == federated)
    });
    let named = named
        .map(|group| {
            (
                urn(&account, group_kind(group.federated), &group.name),
                group,
            )
        })
        .collect();
    let groups = page.cut(named, |(urn, _)| urn);
    let data: Vec<Value> = groups
        .iter()
        .map(|(urn, group)| group_object(&account, urn, group))
        .collect();
    Ok(api.success(&data))
}

/// `GET /api/v3/org/users`: the people kept here whom the account admits. People for whom an identity provider vouches are
/// kept there.
pub(super) async fn org_users(
    State(grid): State<Grid>,
    api: Api,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (_, account) = opened(&grid, &api, &headers, Side::Tenant).await?;
    let page = Page::read(&api, query.as_deref())?;
    let people = grid
        .app
        .service
        .account_people(&account, &grid.door.entity.organization)
        .await
        .map_err(|unavailable| api.unavailable(&unavailable))?;
    let named: Vec<(String, Person)> = people
        .into_iter()
        .filter(|_| page.federated != Some(true))
        .map(|person| (urn(&account, "user", &person.user_name), person))
        .collect();
    let data: Vec<Value> = page
        .cut(named, |(urn, _)| urn)
        .iter()
        .map(|(urn, person)| person_object(&account, urn, person))
        .collect();
    Ok(api.success(&data))
}

/// `GET /api/v3/grid/accounts`: the tenant accounts. The grid is none of its tenants.
pub(super) async fn grid_accounts(
    State(grid): State<Grid>,
    api: Api,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let _ = opened(&grid, &api, &headers, Side::Grid).await?;
    let page = Page::read(&api, query.as_deref())?;
    let accounts = grid
        .app
        .service
        .accounts(&grid.door.entity.organization)
        .await
        .map_err(|unavailable| api.unavailable(&unavailable))?;
    let tenants = accounts
        .into_iter()
        .filter(|account| Side::of(&account.id) == Side::Tenant)
        .collect();
    let data: Vec<Value> = page
        .cut(tenants, |account: &Account| &account.id)
        .iter()
        .map(super::account::account_object)
        .collect();
    Ok(api.success(&data))
}

/// `GET /api/v3/org/users/current-user`.
pub(super) async fn org_current_user(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (token, account) = opened(&grid, &api, &headers, Side::Tenant).await?;
    Ok(api.success(&current_user(&account, &token)))
}

/// `GET /api/v3/grid/users/current-user`.
pub(super) async fn grid_current_user(
    State(grid): State<Grid>,
    api: Api,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (token, account) = opened(&grid, &api, &headers, Side::Grid).await?;
    Ok(api.success(&current_user(&account, &token)))
}

fn current_user(account: &Account, token: &Token) -> Value {
    let kind = if token.federated {
        "federated-user"
    } else {
        "user"
    };
    let groups: Vec<String> = token
        .groups
        .iter()
        .map(|group| urn(account, group_kind(token.federated), group))
        .collect();
    json!({
        "accountId": account.id,
        "disable": false,
        "federated": token.federated,
        "fullName": token.full_name.as_deref().unwrap_or(&token.user_name),
        "id": token.user_id,
        "memberOf": groups,
        "uniqueName": format!("{kind}/{}", token.user_name),
        "userURN": urn(account, kind, &token.user_name),
    })
}

fn group_object(account: &Account, urn: &str, group: &Group) -> Value {
    json!({
        "accountId": account.id,
        "displayName": group.name,
        "federated": group.federated,
        "groupURN": urn,
        "id": group.id,
        "managementReadOnly": false,
        "policies": { "management": { "rootAccess": true } },
        "uniqueName": format!("{}/{}", group_kind(group.federated), group.name),
    })
}

fn person_object(account: &Account, urn: &str, person: &Person) -> Value {
    let groups: Vec<String> = person
        .groups
        .iter()
        .map(|group| self::urn(account, group_kind(false), group))
        .collect();
    json!({
        "accountId": account.id,
        "disable": person.disabled,
        "federated": false,
        "fullName": person.full_name.as_deref().unwrap_or(&person.user_name),
        "id": person.id,
        "memberOf": groups,
        "uniqueName": format!("user/{}", person.user_name),
        "userURN": urn,
    })
}

fn group_kind(federated: bool) -> &'static str {
    if federated {
        "federated-group"
    } else {
        "group"
    }
}

/// As the described API names people and groups of an account.
fn urn(account: &Account, kind: &str, name: &str) -> String {
    format!("urn:sgws:identity::{}:{kind}/{name}", account.id)
}
