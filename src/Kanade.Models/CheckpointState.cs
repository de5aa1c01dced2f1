using System.Text.Json;
using System.Text.Json.Serialization;
using Kanade.Audio;

namespace Kanade.Models;

/// <summary>How a run went up to a checkpoint.</summary>
/// <param name="FirstScore">The validation score before the first step.</param>
/// <param name="LastScore">The last validation score.</param>
/// <param name="StaleValidations">Validations in a row without a better score.</param>
/// <param name="Skips">Steps in a row that were skipped.</param>
public sealed record RunProgress(double? FirstScore = null, double? LastScore = null, int StaleValidations = 0, int Skips = 0);

/// <summary>Where a run stood when it was saved: <c>state.json</c> of a checkpoint.</summary>
/// <param name="Stage">Which stage made it: aligner, pitch, plbert, first, second.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Finished">Whether the stage had done all its steps.</param>
/// <param name="ConfigHash">SHA-256 of the resolved configuration, in hexadecimal.</param>
/// <param name="DataHash">SHA-256 of the dataset's manifest.</param>
/// <param name="SymbolTable">Fingerprint of the table that the ids count in.</param>
/// <param name="BestScore">The lowest validation score so far.</param>
/// <param name="BestStep">When that was.</param>
/// <param name="Networks">The sizes of every network in it, by state name, as the configuration records they were built from.</param>
/// <param name="Measures">What training measured and later stages need, for example <c>sigma_data</c>.</param>
/// <param name="Averaged">The networks whose averaged weights are in <c>average.safetensors</c>; null where none are.</param>
/// <param name="Mel">The spectrogram that the networks hear; null for those that hear none, and for imported ones.</param>
/// <param name="Progress">How the run went so far; null for imported checkpoints.</param>
/// <param name="Configuration">The stage's configuration, as its record; null for imported checkpoints.</param>
public sealed record CheckpointState(
    string Stage,
    long Step,
    bool Finished,
    string ConfigHash,
    string DataHash,
    string SymbolTable,
    double? BestScore,
    long BestStep,
    IReadOnlyDictionary<string, JsonElement> Networks,
    IReadOnlyDictionary<string, double> Measures,
    IReadOnlyList<string>? Averaged = null,
    MelConfig? Mel = null,
    RunProgress? Progress = null,
    JsonElement? Configuration = null)
{
    const string OldMelKey = "mel";

    /// <summary>The measure of the second stage that says how far the styles spread that its diffusion was trained on; 0 where it was
    /// not.</summary>
    public const string SigmaData = "sigma_data";

    /// <summary>The measure that a checkpoint of the second stage has where accents and gaps last no time, as in the dataset's
    /// durations.</summary>
    public const string SilentMarks = "silent_marks";

    /// <summary>The spectrogram that the networks hear. Checkpoints of Kanade 0.1 keep it among their networks.</summary>
    public MelConfig? HeardMel => Mel ?? (Networks.TryGetValue(OldMelKey, out var old) ? old.Deserialize<MelConfig>(Json) : null);

    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>A network's sizes in the form that <see cref="Networks"/> keeps.</summary>
    public static JsonElement Describe<T>(T sizes) => JsonSerializer.SerializeToElement(sizes, Json);
}
