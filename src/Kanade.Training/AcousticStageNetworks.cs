using Kanade.Audio;
using Kanade.Models;
using Serilog;

namespace Kanade.Training;

/// <summary>What the acoustic stage begins with.</summary>
/// <param name="Aligner">The pretrained aligner; null where the dataset's durations are used.</param>
/// <param name="Pitch">The pretrained pitch extractor; null where the dataset's F0 is used.</param>
/// <param name="InitFrom">Acoustic networks that were trained before; null begins with random weights.</param>
public sealed record FirstStageSources(Checkpoint? Aligner = null, Checkpoint? Pitch = null, TrainedWeights? InitFrom = null);

/// <summary>The networks of the acoustic stage: made, begun from earlier trainings, and given their optimisers.</summary>
sealed class AcousticStageNetworks : IDisposable
{
    readonly FirstStageConfig _config;
    readonly FirstStageSources _sources;

    public AcousticStageNetworks(FirstStageConfig config, MelConfig mel, FirstStageSources sources, ILogger log)
    {
        (_config, _sources) = (config, sources);
        Acoustic = AcousticNetworks.Create(Set, config.Acoustic, mel, TrainingData.Symbols);
        if (config.Alignment == AlignmentSource.Learned)
        {
            var pretrained = sources.Aligner
                ?? throw new InvalidDataException("alignment: learned needs a pretrained aligner: give --aligner");
            PretrainedMel.Require(pretrained, mel, "an aligner");
            var sizes = pretrained.Sizes<AlignerConfig>(AlignerStage.Network);
            Aligner = Set.Add(AlignerStage.Network, sizes.Build(mel.Bands, TrainingData.Symbols), sizes);
        }
        if (config.PitchSource == PitchSource.Extractor)
        {
            var pretrained = sources.Pitch
                ?? throw new InvalidDataException("pitch_source: extractor needs a pretrained pitch extractor: give --pitch");
            PretrainedMel.Require(pretrained, mel, "a pitch extractor");
            var sizes = pretrained.Sizes<PitchConfig>(PitchStage.Network);
            Pitch = Set.Add(PitchStage.Network, sizes.Build(mel.Bands), sizes);
            Set.Freeze(PitchStage.Network);
        }
        Adversary = WaveformAdversary.Create(Set, config.Discriminators, mel.SampleRate);
        SpeechModel = config.Weights.Slm == 0 ? null : SpeechStates.Open(config.Slm, mel.SampleRate, log);
        sources.InitFrom?.RequireMel(mel);
    }

    public NetworkSet Set { get; } = new();

    public AcousticNetworks Acoustic { get; }

    /// <summary>Null where the dataset's durations are used.</summary>
    public TextAligner? Aligner { get; }

    /// <summary>Null where the dataset's F0 is used.</summary>
    public PitchExtractor? Pitch { get; }

    public WaveformAdversary Adversary { get; }

    /// <summary>Null where the SLM losses are off.</summary>
    public SpeechStates? SpeechModel { get; }

    /// <summary>Loads what a run begins with.</summary>
    public void Begin()
    {
        if (Aligner is not null)
            _sources.Aligner!.LoadAveraged(AlignerStage.Network, Aligner);
        if (Pitch is not null)
            _sources.Pitch!.LoadAveraged(PitchStage.Network, Pitch);
        if (_sources.InitFrom is not { } start)
            return;
        foreach (var name in new[] { "text_encoder", "style_encoder", "decoder" })
            start.Load(name, Set[name]);
        foreach (var name in WaveformAdversary.Networks.Where(start.Has))
            start.Load(name, Set[name]);
    }

    /// <summary>One optimiser for each network that is not frozen.</summary>
    public IReadOnlyList<StageOptimiser> Optimisers() =>
    [
        .. new (string Name, Phase From)[]
        {
            ("text_encoder", Phase.Reconstruction), ("style_encoder", Phase.Reconstruction), ("decoder", Phase.Reconstruction),
            (AlignerStage.Network, Phase.Adversarial), ("mpd", Phase.Adversarial), ("msd", Phase.Adversarial),
        }.Where(n => n.Name != AlignerStage.Network || Aligner is not null)
        .SelectMany(n => NetworkOptimisers.Of(Set, n.Name, n.From, _config.Run.LearningRate, _config.Optimiser, _config.Run,
            _config.Networks)),
    ];

    public void Dispose()
    {
        SpeechModel?.Dispose();
        Set.Dispose();
    }
}
