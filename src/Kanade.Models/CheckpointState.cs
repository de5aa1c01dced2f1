using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kanade.Models;

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
/// <param name="Averaged">The networks whose weights averaged over the last steps are in <c>average.safetensors</c>; null where none are.</param>
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
    IReadOnlyList<string>? Averaged = null)
{
    /// <summary>Where <see cref="Networks"/> keeps the spectrogram that the networks hear.</summary>
    public const string MelKey = "mel";

    /// <summary>The measure of the second stage that says how far the styles spread that its diffusion was trained on; 0 where it was not.</summary>
    public const string SigmaData = "sigma_data";

    /// <summary>The measure that a checkpoint of the second stage has where accents and gaps last no time, as in the dataset's durations.</summary>
    public const string SilentMarks = "silent_marks";

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
