using System.Text.Json;
using Kanade.Models;

namespace Kanade.Training;

/// <summary>What a run is of; a run folder goes on only with the same.</summary>
/// <param name="Stage">aligner, pitch, plbert, first or second.</param>
/// <param name="ConfigHash">SHA-256 of the resolved configuration without its paths.</param>
/// <param name="DataHash">SHA-256 of the dataset's manifest.</param>
/// <param name="SymbolTable">Fingerprint of the symbol table.</param>
/// <param name="Configuration">The stage's configuration, which checkpoints keep; null where nobody needs it.</param>
public sealed record RunIdentity(string Stage, string ConfigHash, string DataHash, string SymbolTable, JsonElement? Configuration = null)
{
    /// <summary>What keeps a checkpoint from being of this run; null where nothing does.</summary>
    public string? DifferenceTo(CheckpointState state) =>
        state.Stage != Stage ? $"made by another stage, '{state.Stage}'"
        : state.SymbolTable != SymbolTable ? "made with another symbol table"
        : state.ConfigHash != ConfigHash ? "made with another configuration (the run's config.yml)"
        : state.DataHash != DataHash ? "made from another dataset"
        : null;
}
