use crate::args::ApplyArgs;
use crate::exit::Failure;
pub(crate) async fn run(_typed: &ApplyArgs) -> Result<(), Failure> {
    todo!()
}
