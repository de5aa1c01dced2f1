using Kanade.Text;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>Sentences that no recording says: half of what the SLM adversarial phase speaks ("out-of-distribution texts" in StyleTTS
/// 2).</summary>
sealed class OutOfSetTexts
{
    const int Most = 20_000;
    const int Longest = 400;

    readonly IReadOnlyList<IReadOnlyList<int>> _sentences;

    OutOfSetTexts(IReadOnlyList<IReadOnlyList<int>> sentences) => _sentences = sentences;

    /// <summary>Reads the first 20,000 sentences of a text file that are long enough, with the frontend.</summary>
    /// <param name="path">A sentence a line; null reads none.</param>
    /// <param name="fewest">The fewest symbols.</param>
    /// <param name="log">Told how many there are.</param>
    /// <exception cref="InvalidDataException">None is long enough.</exception>
    public static OutOfSetTexts? Read(string? path, int fewest, ILogger log)
    {
        if (path is null)
            return null;
        using var frontend = JapaneseFrontend.Open(new FrontendOptions());
        var sentences = File.ReadLines(path).Select(line => frontend.Phonemize(line).Ids)
            .Where(ids => ids.Count >= fewest && ids.Count <= Longest).Take(Most).ToArray();
        if (sentences.Length == 0)
            throw new InvalidDataException($"{path}: no line has from {fewest} (min_length) to {Longest} symbols");
        log.Information("{Count} sentences of {Path} for the SLM adversarial phase", sentences.Length, path);
        return new OutOfSetTexts(sentences);
    }

    /// <summary>Draws sentences.</summary>
    /// <param name="places">(B) in [0, 1).</param>
    /// <returns>(B, T) int64 symbols, 0 where padding, and (B) int64 lengths.</returns>
    public (Tensor Ids, Tensor Lengths) Take(Tensor places)
    {
        using var scope = NewDisposeScope();
        var drawn = places.cpu().data<float>().ToArray().Select(p => _sentences[(int)(p * _sentences.Count)]).ToArray();
        var ids = zeros(drawn.Length, drawn.Max(s => s.Count), ScalarType.Int64);
        foreach (var (row, sentence) in drawn.Index())
            ids[row].narrow(0, 0, sentence.Count).copy_(tensor(sentence.Select(id => (long)id).ToArray()));
        return (ids.MoveToOuterDisposeScope(), tensor(drawn.Select(s => (long)s.Count).ToArray()).MoveToOuterDisposeScope());
    }
}
