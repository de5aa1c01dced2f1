using System.Globalization;
using Kanade.Models;
using Kanade.Text;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary>What became of an original training configuration.</summary>
/// <param name="First">For <c>train-first</c>; null where the original has no epochs of a first stage.</param>
/// <param name="Second">For <c>train-second</c>.</param>
/// <param name="StepsPerEpoch">Whole batches of an epoch; the original drops the last, smaller one.</param>
/// <param name="NotTaken">Keys that went nowhere, each with its reason.</param>
sealed record ImportedTraining(
    FirstStageConfig? First, SecondStageConfig Second, long StepsPerEpoch, IReadOnlyList<(string Key, string Reason)> NotTaken);

/// <summary>Turns a training configuration of StyleTTS 2 or Tsukasa into those of our two stages, by <see cref="OriginalKeys"/>.</summary>
/// <param name="original">The configuration; its failures are <see cref="ConfigurationException"/>s.</param>
/// <param name="utterances">Of the training set: the original counts in epochs.</param>
sealed class OriginalTraining(OriginalConfig original, int utterances)
{
    const long MostEpochs = 1_000_000;

    const string Steps = "run.steps", ValidateEvery = "run.validate_every", DiffusionFrom = "diffusion_from", SlmFrom = "slm_from";

    readonly long _stepsPerEpoch = Math.Max(1, utterances / original.Int("batch_size"));

    /// <exception cref="ConfigurationException">Something is missing or wrong; the message names its place in the original.</exception>
    public ImportedTraining Convert()
    {
        Require("model_params.style_dim", AcousticConfig.StyleSize);
        Require("model_params.n_token", SymbolTable.Count);
        var first = original.Has("epochs_1st") ? (FirstStageConfig)Bind(FirstStage.Name) : null;
        if (!original.Has("epochs_2nd") && !original.Has("epochs"))
            throw original.Wrong("epochs_2nd", "missing (epochs in a fine-tuning configuration)");
        var second = (SecondStageConfig)Bind(SecondStage.Name);
        var (withoutEffect, unread) = original.Unread();
        var notTaken = withoutEffect.Select(key => (key, "without effect in the original"))
            .Concat(unread.Select(key => (key, OriginalKeys.ReasonFor(key))));
        return new ImportedTraining(first, second, _stepsPerEpoch, [.. notTaken]);
    }

    object Bind(string kind)
    {
        var root = new MapNode(new Place(original.Path));
        foreach (var row in OriginalKeys.All.Where(row => row.Kind == kind))
        {
            if (original.Node(row.Original) is { } node)
                Set(root, row.Key.Split('.'), Rewrite(row, node));
        }
        Set(root, ValidateEvery.Split('.'), Number(original.Node("batch_size")!.Place, _stepsPerEpoch));
        foreach (var (key, value) in OriginalKeys.AsThere(kind))
            Set(root, key.Split('.'), Word(original.Node("batch_size")!.Place, value));
        // Styles are sampled in the last phase: the diffusion must have begun by then.
        if (Find(root, SlmFrom) is { } slm && Find(root, DiffusionFrom) is { } diffusion && slm < diffusion)
            Set(root, [SlmFrom], Number(root.Find(SlmFrom)!.Value.Place, diffusion));
        var problems = new List<string>();
        return new ConfigBinder(problems).BindRoot(root, ConfigKinds.All[kind], ignored: null)
            ?? throw new ConfigurationException(problems);
    }

    ConfigNode Rewrite(OriginalKey row, ConfigNode node) => row.As switch
    {
        Rewriting.Epochs => Number(node.Place, Epochs(row.Original, node) * _stepsPerEpoch),
        Rewriting.Decoder => Word(node.Place, original.Text(row.Original) switch
        {
            "istftnet" => "istft",
            "hifigan" => "hifigan",
            _ => throw original.Wrong(row.Original, "expected istftnet or hifigan"),
        }),
        Rewriting.EqualLists => List(node.Place, original.EqualInts(row.Original)),
        Rewriting.Flag => Word(node.Place, original.Bool(row.Original, false) ? "true" : "false"),
        _ => node is ScalarNode scalar ? Word(node.Place, scalar.Text, scalar.Quoted) : node,
    };

    long Epochs(string key, ConfigNode node) =>
        node is ScalarNode { Text: var text }
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var epochs) && epochs is >= 0 and <= MostEpochs
                ? epochs
                : throw original.Wrong(key, $"expected a whole number of epochs from 0 to {MostEpochs}");

    void Require(string key, int expected)
    {
        if (original.Has(key) && original.Int(key) != expected)
            throw original.Wrong(key, $"must be {expected} here");
    }

    static void Set(MapNode root, string[] path, ConfigNode value)
    {
        var map = root;
        foreach (var part in path[..^1])
        {
            if (map.Find(part) is not { Value: MapNode inner })
                map.Entries.Add(new MapEntry(part, value.Place, inner = new MapNode(value.Place)));
            map = inner;
        }
        map.Entries.RemoveAll(entry => entry.Key == path[^1]);
        map.Entries.Add(new MapEntry(path[^1], value.Place, value));
    }

    static long? Find(MapNode root, string key) =>
        root.Find(key)?.Value is ScalarNode { Text: var text } ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    static ScalarNode Number(Place place, long value) => Word(place, value.ToString(CultureInfo.InvariantCulture));

    static ScalarNode Word(Place place, string text, bool quoted = false) => new(place, text, quoted);

    static ListNode List(Place place, IEnumerable<int> values) => new(place, [.. values.Select(v => Number(place, v))]);
}
