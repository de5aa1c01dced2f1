using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;

namespace Kanade.Training;

/// <summary>The pretraining of PL-BERT.</summary>
/// <param name="Run">How long, how fast. A batch is <c>batch_size</c> sequences of <c>bert.positions</c> symbols, or more of shorter
/// ones.</param>
/// <param name="Bert">Sizes.</param>
/// <param name="Texts">Text files, and folders of them; or a dataset.</param>
/// <param name="Dataset">Folder of the dataset whose texts are read; or texts.</param>
/// <param name="Cache">Folder in which the texts are kept as symbols; null is <c>text</c> in the run folder. Several runs may share
/// one.</param>
/// <param name="Out">Run folder.</param>
/// <param name="MaskProbability">How many symbols are hidden.</param>
/// <param name="WordShare">How often a whole word is hidden rather than one symbol. Words have some four symbols: at a fifth, half of what
/// is hidden is words.</param>
/// <param name="ReplacedShare">Of what is hidden, how much is shown as another symbol.</param>
/// <param name="KeptShare">Of what is hidden, how much is shown as it is.</param>
/// <param name="Vocabulary">Words that the grapheme head tells apart, the most frequent of the text; 0 for no such head.</param>
/// <param name="GraphemeWeight">Of the loss of the grapheme head; that of the phonemes has 1.</param>
/// <param name="ValidationShare">Share of the texts that is held out; a dataset has its own.</param>
/// <param name="ValidationTexts">How many of those a validation looks at, at most.</param>
/// <param name="ValidationMaskProbability">How many of their symbols it hides, whatever a training hides, so that runs can be
/// compared.</param>
public sealed record PhonemeBertStageConfig(
    RunConfig Run,
    PhonemeBertConfig Bert,
    IReadOnlyList<string>? Texts = null,
    string? Dataset = null,
    string? Cache = null,
    string? Out = null,
    double MaskProbability = 0.15,
    double WordShare = 0.5,
    double ReplacedShare = 0.1,
    double KeptShare = 0.1,
    int Vocabulary = 8192,
    double GraphemeWeight = 1,
    double ValidationShare = 0.01,
    int ValidationTexts = 1000,
    double ValidationMaskProbability = 0.15) : IStageConfig<PhonemeBertStageConfig>
{
    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Bert.Symbols != SymbolTable.Count)
            yield return ("Bert.Symbols", $"must be {SymbolTable.Count}, the size of the symbol table");
        if (Bert.Heads < 1 || Bert.Hidden < 1 || Bert.Hidden % Bert.Heads != 0)
            yield return ("Bert.Hidden", $"must be a multiple of heads, {Bert.Heads}");
        if (Bert.Positions < 16)
            yield return ("Bert.Positions", "must be at least 16");
        foreach (var (key, size) in new[] { ("Bert.Layers", Bert.Layers), ("Bert.FeedForward", Bert.FeedForward), ("Bert.Embedding", Bert.Embedding) })
        {
            if (size < 1)
                yield return (key, "must be at least 1");
        }
        if (!(MaskProbability is > 0 and < 1))
            yield return (nameof(MaskProbability), "must lie between 0 and 1");
        if (!(ValidationMaskProbability is > 0 and < 1))
            yield return (nameof(ValidationMaskProbability), "must lie between 0 and 1");
        if (!(WordShare is >= 0 and <= 1))
            yield return (nameof(WordShare), "must lie between 0 and 1");
        if (!(ReplacedShare >= 0 && KeptShare >= 0 && ReplacedShare + KeptShare < 1))
            yield return (nameof(ReplacedShare), "and kept_share must leave something to hide");
        if (Vocabulary is < 0 or > PhonemeCorpus.MostWords)
            yield return (nameof(Vocabulary), $"must lie between 0 and {PhonemeCorpus.MostWords}");
        if (!(GraphemeWeight >= 0))
            yield return (nameof(GraphemeWeight), "must not be negative");
        if (!(ValidationShare is > 0 and < 1))
            yield return (nameof(ValidationShare), "must lie between 0 and 1");
        if (ValidationTexts < 1)
            yield return (nameof(ValidationTexts), "must be at least 1");
    }

    /// <inheritdoc/>
    public static string Stage => PhonemeBertStage.Name;

    /// <inheritdoc/>
    public static IReadOnlyList<StagePath<PhonemeBertStageConfig>> Paths { get; } =
    [
        new("dataset", "A dataset whose texts are read", c => c.Dataset, (c, path) => c with { Dataset = path }, IsRequired: false),
        new("cache", "Where texts are kept as symbols, for several runs", c => c.Cache, (c, path) => c with { Cache = path },
            IsRequired: false),
    ];

    /// <inheritdoc/>
    public static IReadOnlyList<StagePathList<PhonemeBertStageConfig>> PathLists { get; } =
        [new("texts", "text", "A text file (.txt, .gz, .xz), or a folder of them", (c, paths) => c with { Texts = paths })];

    /// <inheritdoc/>
    public PhonemeBertStageConfig WithRun(RunConfig run) => this with { Run = run };

    /// <inheritdoc/>
    public PhonemeBertStageConfig WithOut(string? folder) => this with { Out = folder };
}

/// <summary>Sizes of the head that predicts words, and what its classes are.</summary>
/// <param name="Hidden">Channels of the encoder.</param>
/// <param name="Words">A class each.</param>
public sealed record GraphemeHeadConfig(int Hidden, IReadOnlyList<string> Words);
