use crate::args::CheckArgs;
use crate::exit::Failure;
pub(crate) fn run(_typed: &CheckArgs) -> Result<(), Failure> {
    todo!()
}
