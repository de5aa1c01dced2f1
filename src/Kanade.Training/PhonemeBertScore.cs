using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Serilog;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// How well hidden symbols of the held-out texts are predicted, with the same masks every time: whole words hidden, and single symbols. Beside PL-BERT's
/// share of right predictions stand those of a 5-gram model of the same training texts: from what PL-BERT sees, on both sides, and from the four symbols
/// before as they truly are, even where PL-BERT does not see them.
/// </summary>
sealed class PhonemeBertScore
{
    static readonly (string Name, double WordShare)[] Kinds = [("words", 1), ("phonemes", 0)];

    readonly List<(TextRow Row, bool[] Hidden)>[] _texts;
    readonly PhonemeBertStageConfig _config;
    readonly IProcessGroup _group;
    readonly ILogger _log;

    public PhonemeBertScore(PhonemeText data, PhonemeBertStageConfig config, IProcessGroup group, ILogger log)
    {
        (_config, _group, _log) = (config, group, log);
        // Texts of like length share a batch.
        var rows = data.HeldOut.OrderBy(r => r.Symbols.Length).ToArray();
        _texts = [.. Kinds.Select(kind => rows.Select((row, i) => (row, PhonemeMask.Draw(row.Symbols, config.ValidationMaskProbability, kind.WordShare, new Random(i)))).ToList())];
    }

    /// <summary>The 5-gram's figures; they belong into the checkpoint, since they stay what they are.</summary>
    public IReadOnlyDictionary<string, double> Baseline { get; private set; } = new Dictionary<string, double>();

    /// <summary>Takes the 5-gram's figures from where an earlier run left them.</summary>
    public void TakeBaseline(IReadOnlyDictionary<string, double> measures) =>
        Baseline = measures.Where(m => m.Key.StartsWith("ngram_", StringComparison.Ordinal)).ToDictionary();

    /// <summary>Trains the 5-gram on the training texts and lets it predict what PL-BERT will have to.</summary>
    public void MakeBaseline(PhonemeText data) => Baseline = _group.FromFirst(() => BaselineOf(data));

    Dictionary<string, double> BaselineOf(PhonemeText data)
    {
        var ngram = PhonemeNgram.Train(data.TrainingTexts());
        var figures = new Dictionary<string, double>();
        foreach (var ((name, _), texts) in Kinds.Zip(_texts))
        {
            var (left, both, all) = (0L, 0L, 0L);
            foreach (var (row, hidden) in texts)
            {
                var ids = Array.ConvertAll(row.Symbols, s => s & PhonemeShard.IdBits);
                all += hidden.Count(h => h);
                left += Right(ids, hidden, ngram.FromTheLeft(ids, hidden));
                both += Right(ids, hidden, ngram.FromBothSides(ids, hidden));
            }
            (figures[$"ngram_{name}"], figures[$"ngram_left_{name}"]) = ((double)both / all, (double)left / all);
        }
        return figures;
    }

    /// <summary>Predicts, each process a part of the texts, and prints the table.</summary>
    /// <returns>The mean loss of a hidden symbol, and all figures.</returns>
    public (double Loss, IReadOnlyDictionary<string, float> Values) Measure(PhonemeBert bert, Linear head, Linear? graphemeHead)
    {
        using var noGradient = no_grad();
        var own = new Dictionary<string, double> { ["loss"] = 0, ["graphemes"] = 0, ["right graphemes"] = 0 };
        foreach (var ((name, _), texts) in Kinds.Zip(_texts))
        {
            (own["right " + name], own["places " + name]) = (0, 0);
            foreach (var chunk in texts.Chunk(4 * _config.Run.BatchSize).Where((_, i) => i % _group.World == _group.Rank))
            {
                using var scope = NewDisposeScope();
                using var batch = TextBatch.Of([.. chunk.Select(t => t.Row)]);
                var symbols = PredictedPlaces.OfHidden(batch, [.. chunk.Select(t => t.Hidden)]);
                var graphemes = PredictedPlaces.Of(
                    batch, [.. chunk.Select((t, i) => PhonemeMask.OneAWord(t.Row, new Random(i)).Where(at => t.Hidden[at]).ToArray())], (row, at) => row.Graphemes[at]);
                using (Autocast.Set(DeviceType.CPU, _config.Run.Precision == Precision.Bf16))
                {
                    var encoded = bert.forward(batch.Ids.masked_fill(Hidden(batch, chunk), PhonemeMask.Symbol), batch.Keep);     // (B, T, H)
                    var logits = symbols.Logits(encoded, head);                                                                  // (hidden, V)
                    own["right " + name] += symbols.Right(logits);
                    own["loss"] += nn.functional.cross_entropy(logits, tensor(symbols.Classes), reduction: nn.Reduction.Sum).item<float>();
                    if (graphemeHead is not null)
                        own["right graphemes"] += graphemes.Right(graphemes.Logits(encoded, graphemeHead));
                }
                own["places " + name] += symbols.Cells.Length;
                own["graphemes"] += graphemes.Cells.Length;
            }
        }
        var all = _group.Sum(own);
        var loss = all["loss"] / Kinds.Sum(kind => all["places " + kind.Name]);
        var values = new Dictionary<string, float> { ["phoneme"] = (float)loss };
        foreach (var (name, _) in Kinds)
            values[$"accuracy_{name}"] = (float)all["right " + name] / (long)all["places " + name];
        if (graphemeHead is not null && all["graphemes"] > 0)
            values["accuracy_graphemes"] = (float)all["right graphemes"] / (long)all["graphemes"];
        foreach (var (name, value) in Baseline)
            values[name] = (float)value;
        foreach (var (name, _) in Kinds)
        {
            _log.Information("hidden {Kind,-8:l}  right: PL-BERT {Bert:P1}, 5-gram from both sides {Both:P1}, 5-gram from the true symbols before {Left:P1}",
                name, values[$"accuracy_{name}"], values.GetValueOrDefault($"ngram_{name}"), values.GetValueOrDefault($"ngram_left_{name}"));
        }
        return (loss, values);
    }

    static Tensor Hidden(TextBatch batch, (TextRow Row, bool[] Hidden)[] texts)
    {
        var hidden = new bool[texts.Length * batch.Width];
        for (var row = 0; row < texts.Length; row++)
            texts[row].Hidden.CopyTo(hidden, row * batch.Width);
        return tensor(hidden).reshape(batch.Ids.shape);
    }

    static long Right(int[] ids, bool[] hidden, int[] guesses) => hidden.Index().Count(h => h.Item && guesses[h.Index] == ids[h.Index]);
}
