using System.Globalization;
using System.Text.Json;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Torch;
using Kanade.Training;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>
/// Both stages on <see cref="ToneSpeech"/> with the dataset's durations and F0, begun from checkpoints of random weights: what a test of a
/// few steps needs, without any training before it.
/// </summary>
public sealed class TinyStages : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly ToneSpeech _speech = new(training: 8, validation: 4);

    internal static readonly DiscriminatorConfig Discriminators = new([2, 3], [4, 8], 2);

    static readonly PhonemeBertConfig BertSizes = new(Hidden: 16, Heads: 2, FeedForward: 32, Layers: 2, Positions: 128, Embedding: 8);

    public TinyStages()
    {
        using (var dataset = Dataset.Open(_speech.Folder))
        {
            AlignedDurations.Write(dataset, "tones", dataset.All.ToDictionary(u => u.Id, Durations));
            using var mel = TrainingData.Open(_speech.Folder, new RunConfig(1), Logger.None);
            manual_seed(7);
            WriteCheckpoint(FirstStage.Name, First, networks =>
            {
                _ = AcousticNetworks.Create(networks, TinyRuns.Acoustic, mel.Mel, TrainingData.Symbols);
                _ = WaveformAdversary.Create(networks, Discriminators, mel.Mel.SampleRate);
            }, mel);
            WriteCheckpoint(
                PhonemeBertStage.Name, Bert,
                networks => networks.Add(PhonemeBertStage.Network, new PhonemeBert(BertSizes), BertSizes), mel);
        }
    }

    /// <summary>Untrained runs.</summary>
    internal string First => File("first");

    internal string Bert => File("plbert");

    /// <summary>A run of few steps that logs and saves each.</summary>
    internal static RunConfig Steps(long steps) =>
        new(steps, BatchSize: 2, LearningRate: 2e-3, ClipNorm: null, LogEvery: 1, ValidateEvery: 1000, SaveEvery: 1000, Keep: 100);

    internal static FirstStageConfig FirstConfig(RunConfig run) => new(
        run, TinyRuns.Acoustic, Discriminators, new SlmConfig(), new FirstStageWeights(), new OptimiserConfig(),
        Alignment: AlignmentSource.Dataset, AdversarialFrom: long.MaxValue, CropFrames: 70);

    /// <summary>Every phase from the first step on.</summary>
    internal static SecondStageConfig SecondConfig(RunConfig run) => new(
        run, new ProsodyConfig(1, 20, Blocks: 1), new DiffusionConfig(1, 2, 8), new SlmConfig(),
        new SlmAdversarialConfig(40, 60, 1, Iter: 2), new SecondStageWeights(), new OptimiserConfig(),
        Alignment: AlignmentSource.Dataset, CropFrames: 70, SamplerSteps: 2);

    internal SecondStageSources SecondSources => new(Checkpoint.Open(First), Checkpoint.Open(Bert));

    internal string File(string name) => _folder.File(name);

    internal TrainingData Open(RunConfig run) =>
        TrainingData.Open(_speech.Folder, run, Logger.None, requireDurations: true, references: true);

    internal void TrainFirst(string folder, FirstStageConfig config, long? maxSteps = null, FirstStageSources? sources = null) =>
        Train(FirstStage.Name, folder, config.Run, maxSteps, (data, run) =>
            FirstStage.Train(config, data, sources ?? new FirstStageSources(), run, Logger.None));

    internal void TrainSecond(string folder, SecondStageConfig config, long? maxSteps = null, SecondStageSources? sources = null) =>
        Train(SecondStage.Name, folder, config.Run, maxSteps, (data, run) =>
            SecondStage.Train(config, data, sources ?? SecondSources, run, Logger.None));

    void Train(string stage, string folder, RunConfig config, long? maxSteps, Action<TrainingData, TrainingRun> train)
    {
        using var data = Open(config);
        var identity = new RunIdentity(stage, "config", data.Hash, data.Table);
        using var run = new TrainingRun(folder, identity, config, maxSteps, Logger.None, default);
        train(data, run);
    }

    /// <summary>The first symbol takes what the others, of equal lengths, leave.</summary>
    static int[] Durations(Utterance utterance)
    {
        var (frames, symbols) = (utterance.Frames / 2, utterance.Ids.Length);
        int[] durations = [.. Enumerable.Repeat(frames / symbols, symbols)];
        durations[0] += frames % symbols;
        return durations;
    }

    static void WriteCheckpoint(string stage, string folder, Action<NetworkSet> make, TrainingData data)
    {
        using var networks = new NetworkSet();
        make(networks);
        var state = new CheckpointState(
            stage, 1, true, "c", "d", SymbolTable.Fingerprint, null, 0, networks.Sizes, new Dictionary<string, double>(), Mel: data.Mel);
        Checkpoint.Write(folder, state, networks.Parts, keep: 1);
    }

    public void Dispose()
    {
        _speech.Dispose();
        _folder.Dispose();
    }
}

/// <summary>What a test asks of steps, networks and logs.</summary>
static class StageTesting
{
    /// <summary>A step of no run.</summary>
    public static TrainingStep<SpeechBatch> Step(
        IEnumerable<SpeechBatch> batches, PhaseSchedule schedule, long number = 0, int accumulated = 1, IProcessGroup? group = null) =>
        new(number, accumulated, 1, schedule, group ?? SingleProcess.Instance, batches.GetEnumerator());

    /// <summary>The book of a run of nothing in particular.</summary>
    public static TrainingRun Book(string folder, RunConfig config) =>
        new(folder, new RunIdentity("second", "c", "d", "t"), config, null, Logger.None, default);

    /// <summary>A checkpoint without any network.</summary>
    public static void SaveNothing(TrainingRun run) =>
        run.Save(new Dictionary<string, JsonElement>(), new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(), mel: null);

    /// <summary>Every tensor of every network, copied.</summary>
    public static Dictionary<string, Tensor> Copy(NetworkSet networks) =>
        networks.Flat.ToDictionary(t => t.Key, t => t.Value.detach().clone());

    /// <summary>The networks that are no longer what they were.</summary>
    public static string[] Changed(IReadOnlyDictionary<string, Tensor> before, NetworkSet networks) =>
    [
        .. networks.Flat.Where(t => !t.Value.allclose(before[t.Key], 0, 0, equal_nan: true)).Select(t => t.Key.Split('.')[0])
            .Distinct().Order(),
    ];

    /// <summary>The bytes of a part of a run's checkpoint after a step.</summary>
    public static byte[] Part(string folder, long step, string part) =>
        File.ReadAllBytes(Path.Combine(folder, FormattableString.Invariant($"step-{step:D8}"), part + ".safetensors"));

    public static bool IsSame(Tensor a, Tensor b) => a.equal(b).all().item<bool>();

    public static void AssertClose(Tensor expected, Tensor actual, double tolerance, string name = "")
    {
        Assert.Equal(expected.shape, actual.shape);
        var distance = (expected - actual).abs().max().item<float>();
        Assert.True(distance <= tolerance, $"{name} differs by {distance}");
    }

    /// <summary>What is logged.</summary>
    public static (ILogger Log, IReadOnlyList<string> Lines) Listen()
    {
        var sink = new Sink();
        return (new LoggerConfiguration().WriteTo.Sink(sink).CreateLogger(), sink.Lines);
    }

    sealed class Sink : ILogEventSink
    {
        public List<string> Lines { get; } = [];

        public void Emit(LogEvent logEvent) => Lines.Add(logEvent.RenderMessage(CultureInfo.InvariantCulture));
    }
}
