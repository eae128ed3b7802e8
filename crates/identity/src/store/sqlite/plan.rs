//! What is known of a statement before it runs, and the values that go in and come out.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Row, Statement, StatementStatus, ToSql};
use sqlx::any::{AnyArguments, AnyRow, AnyTypeInfo, AnyTypeInfoKind, AnyValue};
use sqlx_core::HashMap;
use sqlx_core::any::{AnyColumn, AnyValueKind};
use sqlx_core::ext::ustr::UStr;
use std::sync::Arc;

/// What a statement takes and gives.
pub(super) struct Plan {
    /// Which argument goes into each of its parameters: `$2` is the second, wherever it stands.
    parameters: Vec<usize>,
    columns: Vec<AnyColumn>,
    /// How often SQLite had prepared the statement anew.
    prepared: i32,
    names: Arc<HashMap<UStr, usize>>,
}

impl Plan {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        let numbers = (1..=statement.parameter_count()).map(|at| {
            let number = statement
                .parameter_name(at)
                .and_then(|name| name.get(1..)?.parse::<usize>().ok());
            number.unwrap_or(at).saturating_sub(1)
        });
        let columns: Vec<AnyColumn> = statement
            .column_names()
            .into_iter()
            .enumerate()
            .map(|(ordinal, name)| AnyColumn {
                ordinal,
                name: UStr::new(name),
                // SQLite's types are those of values, not those of columns.
                type_info: AnyTypeInfo {
                    kind: AnyTypeInfoKind::Null,
                },
            })
            .collect();
        let names = columns
            .iter()
            .map(|column| (column.name.clone(), column.ordinal));
        Self {
            parameters: numbers.collect(),
            names: Arc::new(names.collect()),
            columns,
            prepared: statement.get_status(StatementStatus::RePrepare),
        }
    }

    /// Whether the statement still is what it was.
    pub(super) fn is_of(&self, statement: &Statement<'_>) -> bool {
        self.prepared == statement.get_status(StatementStatus::RePrepare)
    }

    /// An argument for each parameter; what nobody gave is null, as everywhere in SQLite.
    pub(super) fn arguments<'a>(
        &'a self,
        given: &'a AnyArguments,
    ) -> impl Iterator<Item = Option<&'a AnyValueKind>> {
        self.parameters.iter().map(|at| given.values.0.get(*at))
    }

    /// A row, in types that outlive the statement.
    pub(super) fn row(&self, row: &Row<'_>) -> Result<AnyRow, rusqlite::Error> {
        let values = (0..self.columns.len()).map(|at| {
            let kind = match row.get_ref(at)? {
                ValueRef::Null => AnyValueKind::Null(AnyTypeInfoKind::Null),
                ValueRef::Integer(number) => AnyValueKind::BigInt(number),
                ValueRef::Real(number) => AnyValueKind::Double(number),
                text @ ValueRef::Text(_) => AnyValueKind::Text(Arc::new(text.as_str()?.to_owned())),
                ValueRef::Blob(bytes) => AnyValueKind::Blob(Arc::new(bytes.to_vec())),
            };
            Ok(AnyValue { kind })
        });
        Ok(AnyRow {
            column_names: Arc::clone(&self.names),
            columns: self.columns.clone(),
            values: values.collect::<Result<_, rusqlite::Error>>()?,
        })
    }
}

/// An argument on its way into SQLite.
pub(super) struct Bound<'a>(pub(super) Option<&'a AnyValueKind>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            None | Some(AnyValueKind::Null(_)) => ValueRef::Null,
            Some(AnyValueKind::Bool(value)) => ValueRef::Integer(i64::from(*value)),
            Some(AnyValueKind::SmallInt(value)) => ValueRef::Integer(i64::from(*value)),
            Some(AnyValueKind::Integer(value)) => ValueRef::Integer(i64::from(*value)),
            Some(AnyValueKind::BigInt(value)) => ValueRef::Integer(*value),
            Some(AnyValueKind::Real(value)) => ValueRef::Real(f64::from(*value)),
            Some(AnyValueKind::Double(value)) => ValueRef::Real(*value),
            Some(AnyValueKind::Text(value)) => ValueRef::Text(value.as_bytes()),
            Some(AnyValueKind::TextSlice(value)) => ValueRef::Text(value.as_bytes()),
            Some(AnyValueKind::Blob(value)) => ValueRef::Blob(value),
            Some(other) => {
                let unknown = format!("SQLite has no place for {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(unknown.into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}
