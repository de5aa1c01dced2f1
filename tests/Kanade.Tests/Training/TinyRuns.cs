using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Training;
using Serilog;
using Serilog.Core;
using TorchSharp;

namespace Kanade.Tests.Training;

/// <summary>The five stages on <see cref="ToneSpeech"/>, at the smallest sizes that still have every part.</summary>
/// <param name="speech">What they learn.</param>
/// <param name="root">The folder of their folders.</param>
/// <param name="acoustic">The acoustic networks; null for the smallest.</param>
sealed class TinyRuns(ToneSpeech speech, string root, AcousticConfig? acoustic = null)
{
    public static readonly AcousticConfig Acoustic = new(
        new DecoderConfig(HiddenChannels: 32, TextChannels: 8, InitialChannels: 32), Channels: 32, Depth: 1, Blocks: 1, StyleChannels: 8, StyleMaxChannels: 16);

    static readonly SlmConfig Slm = new(Random: true, DiscriminatorChannels: 8);

    public string Aligner => Path.Combine(root, "aligner");

    public string Pitch => Path.Combine(root, "pitch");

    public string Bert => Path.Combine(root, "plbert");

    public string First => Path.Combine(root, "first");

    public string Second => Path.Combine(root, "second");

    static RunConfig Steps(long steps, double rate = 2e-3) => new(steps, BatchSize: 2, LearningRate: rate, LogEvery: 1, ValidateEvery: 1000, SaveEvery: 1000);

    public void TrainAligner(long steps, long? maxSteps = null, string? folder = null, CancellationToken cancel = default) =>
        Run(AlignerStage.Name, folder ?? Aligner, Steps(steps), maxSteps, (data, run) =>
            AlignerStage.Train(new AlignerStageConfig(Steps(steps), new AlignerConfig(16, 16, 1)), data, run), cancel);

    public void TrainPitch(long steps, long? maxSteps = null, string? folder = null, PitchConfig? network = null, CancellationToken cancel = default) =>
        Run(PitchStage.Name, folder ?? Pitch, Steps(steps), maxSteps, (data, run) =>
            PitchStage.Train(new PitchStageConfig(Steps(steps), network ?? new PitchConfig(Channels: 4), new AugmentationConfig(), CropFrames: 64), data, run), cancel);

    public void TrainBert(long steps, long? maxSteps = null, string? folder = null, CancellationToken cancel = default)
    {
        using var dataset = Dataset.Open(speech.Folder);
        TrainBert(PhonemeCorpus.Of(dataset, new FrontendOptions(), Logger.None), steps, maxSteps, folder ?? Bert, cancel: cancel);
    }

    /// <summary>PL-BERT on any corpus.</summary>
    public static void TrainBert(PhonemeCorpus corpus, long steps, long? maxSteps, string folder, ILogger? log = null, CancellationToken cancel = default)
    {
        var config = new PhonemeBertStageConfig(Steps(steps), new PhonemeBertConfig(Hidden: 16, Heads: 2, FeedForward: 32, Layers: 2, Positions: 128, Embedding: 8), Vocabulary: 20);
        using var data = PhonemeText.Open(corpus, config.Bert.Positions, config.Vocabulary, config.ValidationShare, config.ValidationTexts);
        using var run = new TrainingRun(folder, new RunIdentity(PhonemeBertStage.Name, "config", data.Hash, data.Table), config.Run, maxSteps, Logger.None, cancel);
        PhonemeBertStage.Train(config, data, run, log ?? Logger.None);
    }

    public void TrainFirst(long steps, long? maxSteps = null, string? folder = null, Precision precision = Precision.Fp32, CancellationToken cancel = default)
    {
        var settings = Steps(steps) with { Precision = precision };
        Run(FirstStage.Name, folder ?? First, settings, maxSteps, (data, run) => FirstStage.Train(
            new FirstStageConfig(
                settings, acoustic ?? Acoustic, new DiscriminatorConfig([2, 3], [4, 8], 2), Slm, new FirstStageWeights(),
                    new OptimiserConfig(),
                PitchSource: PitchSource.Extractor, AdversarialFrom: 2, CropFrames: 70),
            data, new FirstStageSources(Checkpoint.Open(Aligner, AlignerStage.Name), Checkpoint.Open(Pitch, PitchStage.Name)), run,
                Logger.None), cancel);
    }

    public void TrainSecond(long steps, long? maxSteps = null, string? folder = null, CancellationToken cancel = default) =>
        Run(SecondStage.Name, folder ?? Second, Steps(steps), maxSteps, (data, run) => SecondStage.Train(
            new SecondStageConfig(
                Steps(steps), new ProsodyConfig(1, 20, Blocks: 1), new DiffusionConfig(1, 2, 8), Slm,
                new SlmAdversarialConfig(MinLen: 40, MaxLen: 60, BatchPercentage: 1, Iter: 2), new SecondStageWeights(),
                    new OptimiserConfig(),
                PitchSource: PitchSource.Extractor, DiffusionFrom: 1, JointFrom: 2, SlmFrom: 3, CropFrames: 70, SamplerSteps: 2),
            data, new SecondStageSources(Checkpoint.Open(First, FirstStage.Name), Checkpoint.Open(Bert, PhonemeBertStage.Name)), run,
                Logger.None),
            cancel, references: true);

    public static string[] Losses(string folder) => File.ReadAllLines(Path.Combine(folder, "metrics.jsonl"));

    void Run(string stage, string folder, RunConfig config, long? maxSteps, Action<TrainingData, TrainingRun> train,
        CancellationToken cancel, bool references = false)
    {
        using var data = speech.Open(config, references);
        using var run = new TrainingRun(folder, new RunIdentity(stage, "config", data.Hash, data.Table), config, maxSteps, Logger.None, cancel);
        train(data, run);
    }
}
