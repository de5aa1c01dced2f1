using Kanade.Audio;
using Kanade.Models;
using Serilog;

namespace Kanade.Training;

/// <summary>What the prosody stage begins with.</summary>
/// <param name="First">The acoustic stage; null takes the acoustic networks of <paramref name="InitFrom"/>.</param>
/// <param name="Bert">The pretrained PL-BERT; null with <paramref name="InitFrom"/>.</param>
/// <param name="InitFrom">All networks of a run of this stage or a voice.</param>
/// <param name="Aligner">Reads what a validation speaks; null: nothing does.</param>
public sealed record SecondStageSources(Checkpoint? First = null, Checkpoint? Bert = null, TrainedWeights? InitFrom = null,
    Checkpoint? Aligner = null);

/// <summary>The networks of the prosody stage: made, begun from earlier trainings, and given their optimisers.</summary>
sealed class ProsodyStageNetworks : IDisposable
{
    static readonly OptimiserConfig BertConstants = new(Beta1: 0.9, Beta2: 0.99, WeightDecay: 1e-2);

    readonly SecondStageConfig _config;
    readonly TrainedWeights? _acoustic, _start, _bert;

    public ProsodyStageNetworks(SecondStageConfig config, MelConfig mel, SecondStageSources sources, ILogger log)
    {
        _config = config;
        _start = sources.InitFrom;
        _acoustic = sources.First is { } first ? TrainedWeights.Of(first)
            : _start ?? throw new InvalidDataException("nothing to begin with: give --first and --bert, or --init-from");
        _bert = _start ?? TrainedWeights.Of(sources.Bert ?? throw new InvalidDataException("PL-BERT is missing: give --bert"));
        _acoustic.RequireMel(mel);
        (Prosody, Diffusion) = _start is null ? (config.Prosody, config.Diffusion)
            : (_start.Sizes<ProsodyConfig>("predictor"), _start.Sizes<DiffusionConfig>("diffusion"));
        Speech = SpeechNetworks.Create(
            Set, _acoustic.Sizes<AcousticConfig>("decoder"), _bert.Sizes<PhonemeBertConfig>(PhonemeBertStage.Network),
            Prosody, Diffusion, mel, TrainingData.Symbols);
        if (config.Networks?.ContainsKey("text_encoder") != true)
            Set.Freeze("text_encoder");
        if (config.Alignment == AlignmentSource.Learned && !_acoustic.Has(AlignerStage.Network))
        {
            throw new InvalidDataException(
                $"{_acoustic.Place} has no aligner, since it was trained on the dataset's durations: set alignment: dataset");
        }
        if (config.PitchSource == PitchSource.Extractor && !_acoustic.Has(PitchStage.Network))
        {
            throw new InvalidDataException(
                $"{_acoustic.Place} has no pitch extractor, since it was trained on the dataset's F0: set pitch_source: dataset");
        }
        if (config.Alignment == AlignmentSource.Learned)
            Aligner = Frozen(AlignerStage.Network, _acoustic.Sizes<AlignerConfig>(AlignerStage.Network),
                s => s.Build(mel.Bands, TrainingData.Symbols));
        if (config.PitchSource == PitchSource.Extractor)
            Pitch = Frozen(PitchStage.Network, _acoustic.Sizes<PitchConfig>(PitchStage.Network), s => s.Build(mel.Bands));
        Adversary = WaveformAdversary.Create(Set,
            _acoustic.Has("mpd") ? _acoustic.Sizes<DiscriminatorConfig>("mpd") : config.Discriminators ?? new DiscriminatorConfig(),
                mel.SampleRate);
        var judgesSpeech = config.SlmFrom < config.Run.Steps;
        SpeechModel = config.Weights.Slm == 0 && !judgesSpeech ? null : SpeechStates.Open(config.Slm, mel.SampleRate, log);
        if (SpeechModel is { } model && judgesSpeech)
        {
            SlmAdversary = new SlmAdversary(
                model, Set.Add(SlmAdversary.Network, new SlmDiscriminator(model.Hidden, model.Layers, config.Slm.DiscriminatorChannels),
                    config.Slm), config.Slmadv);
        }
    }

    public NetworkSet Set { get; } = new();

    public SpeechNetworks Speech { get; }

    public ProsodyConfig Prosody { get; }

    public DiffusionConfig Diffusion { get; }

    /// <summary>Null where the dataset's durations are used.</summary>
    public TextAligner? Aligner { get; }

    /// <summary>Null where the dataset's F0 is used.</summary>
    public PitchExtractor? Pitch { get; }

    public WaveformAdversary Adversary { get; }

    /// <summary>Null where the SLM losses are off.</summary>
    public SpeechStates? SpeechModel { get; }

    /// <summary>Null where the SLM losses are off, or their phase is not reached.</summary>
    public SlmAdversary? SlmAdversary { get; }

    /// <summary>Loads what a run begins with.</summary>
    public void Begin()
    {
        foreach (var name in new[] { "text_encoder", "style_encoder", "decoder" })
            _acoustic!.Load(name, Set[name]);
        _bert!.Load(PhonemeBertStage.Network, Speech.Bert);
        if (_start is null)
            _acoustic!.Load("style_encoder", Speech.ProsodicStyleEncoder); // the prosodic style begins as the acoustic one
        foreach (var name in _start is null ? [] : new[] { "bert_encoder", "predictor", "predictor_encoder", "diffusion" })
            _start!.Load(name, Set[name]);
        foreach (var name in new[] { AlignerStage.Network, PitchStage.Network }.Where(Set.Contains))
            _acoustic!.Load(name, Set[name]);
        foreach (var name in WaveformAdversary.Networks.Where(_acoustic!.Has))
            _acoustic!.Load(name, Set[name]);
    }

    /// <summary>One optimiser for each network that is not frozen.</summary>
    public IReadOnlyList<StageOptimiser> Optimisers()
    {
        var (rate, usual) = (_config.Run.LearningRate, _config.Optimiser);
        var tuned = usual with { Beta1 = 0 }; // the original's, once its decoder is unfrozen
        return
        [
            .. Of("bert_encoder", Phase.Prosody, rate, usual), .. Of("predictor", Phase.Prosody, rate, usual),
            .. Of("predictor_encoder", Phase.Prosody, rate, usual), .. Of("diffusion", Phase.Diffusion, rate, usual),
            .. Of("bert", Phase.Prosody, _config.BertRate, BertConstants),
            .. Of("decoder", Phase.Joint, _config.FineTuneRate, tuned), .. Of("style_encoder", Phase.Joint, _config.FineTuneRate, tuned),
            .. _config.Networks?.ContainsKey("text_encoder") == true ? Of("text_encoder", Phase.Joint, _config.FineTuneRate, tuned) : [],
            .. WaveformAdversary.Networks.SelectMany(name => Of(name, DiscriminatorsFrom, rate, usual)),
            .. SlmAdversary is null ? [] : Of(SlmAdversary.Network, Phase.SlmAdversarial, rate, usual, byItself: true),
        ];
    }

    /// <summary>The phase from which the waveform discriminators judge.</summary>
    public Phase DiscriminatorsFrom => _config.DecodesAlways ? Phase.Diffusion : Phase.Joint;

    IEnumerable<StageOptimiser> Of(string network, Phase from, double rate, OptimiserConfig constants, bool byItself = false) =>
        NetworkOptimisers.Of(Set, network, from, rate, constants, _config.Run, _config.Networks, byItself);

    TModule Frozen<TModule, TSizes>(string name, TSizes sizes, Func<TSizes, TModule> build)
        where TModule : TorchSharp.torch.nn.Module
    {
        var module = Set.Add(name, build(sizes), sizes);
        Set.Freeze(name);
        return module;
    }

    public void Dispose()
    {
        SpeechModel?.Dispose();
        Set.Dispose();
    }
}
