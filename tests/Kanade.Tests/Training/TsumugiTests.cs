using Kanade.Cli;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Tests.Architecture;
using Kanade.Text;
using Kanade.Training;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>The 48 kHz configuration, as the files in Configs have it but for its widths.</summary>
[Collection(nameof(Alone))]
public sealed class TsumugiTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("kanade-tsumugi").FullName;

    static T Read<T>(string kind) where T : class => ConfigFile.Read<T>(kind, Path.Combine(Repository.Root, "Configs", "tsumugi", kind + ".yml"), []);

    [Fact]
    public void It_trains_in_both_stages_and_speaks_at_its_own_rate()
    {
        var mel = Read<PreprocessConfig>("preprocess").Mel;
        Assert.Equal((48000, 12.5), (mel.SampleRate, mel.HopSeconds * 1000));
        var decoder = Read<FirstStageConfig>(FirstStage.Name).Acoustic.Decoder;
        using (decoder.Build(AcousticConfig.StyleSize, AcousticConfig.StyleSize, mel)) { }       // at full width it fits its mel

        using var speech = new ToneSpeech(training: 4, validation: 1, mel: mel);
        var runs = new TinyRuns(speech, _root, TinyRuns.Acoustic with { Decoder = decoder with { HiddenChannels = 32, TextChannels = 8, InitialChannels = 32 } });
        runs.TrainAligner(1);
        runs.TrainPitch(1);
        runs.TrainBert(1);
        runs.TrainFirst(3);     // the third step is adversarial
        runs.TrainSecond(3);    // the spread of styles is measured once the diffusion has begun
        Assert.All([runs.First, runs.Second], folder => Assert.Contains(TinyRuns.Losses(folder), line => line.Contains("train/", StringComparison.Ordinal)));

        var folder = Path.Combine(_root, "voice");
        using (var data = speech.Open(new RunConfig(1, BatchSize: 2)))
            VoiceFolder.Export(Checkpoint.Open(runs.Second, SecondStage.Name), data, folder, Logger.None);
        using var voice = VoiceFolder.Open(folder);
        using var scope = NewDisposeScope();
        var spoken = new Synthesizer(voice).Speak([0, SymbolTable.IdOf('a'), SymbolTable.IdOf('i'), 0], zeros(1, Voice.StyleSize), new SpeakingOptions(new StyleSampling(0)));
        Assert.Equal(48000, spoken.Waveform.SampleRate);
        Assert.Equal(2 * 600 * spoken.Frames.Sum(), spoken.Waveform.Samples.Length);
        Assert.All(spoken.Waveform.Samples, sample => Assert.True(float.IsFinite(sample)));
    }

    public void Dispose() => Directory.Delete(_root, true);
}
