using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;
using Kanade.Training;
using Serilog;
using TorchSharp;

namespace Kanade.Cli;

/// <summary>Voices on disk: where a path leads, reading <c>voice.yml</c>, and making a voice from a run of the second stage.</summary>
static class VoiceFolder
{
    const string Kind = "voice";

    /// <summary>Opens a voice by its folder or by the run folder that it was trained in.</summary>
    /// <exception cref="CheckpointException">There is no voice there.</exception>
    public static Voice Open(string path)
    {
        var folder = new[] { path, Path.Combine(path, "voice") }.FirstOrDefault(f => File.Exists(Path.Combine(f, Voice.ConfigFile)));
        if (folder is null)
        {
            if (!Directory.Exists(path))
                throw new CheckpointException($"{path}: no such folder; give a voice, or a run of train-second");
            var stage = Checkpoint.Exists(path) ? Checkpoint.StateOf(path).Stage : null;
            throw new CheckpointException(stage switch
            {
                null => $"{path}: no voice here ({Voice.ConfigFile} is missing); give a voice, or a run of train-second",
                SecondStage.Name => $"{path}: the second stage has not finished; run train-second again, it goes on",
                _ => $"{path}: a run of the stage '{stage}'; a voice comes from train-second",
            });
        }
        var config = ConfigFile.Read<VoiceConfig>(Kind, Path.Combine(folder, Voice.ConfigFile), []);
        Libtorch.Load();
        return Voice.Open(folder, config);
    }

    /// <summary>Makes a voice of a second stage's checkpoint: its networks, and the mean style of every speaker and style of the dataset.</summary>
    public static void Export(Checkpoint checkpoint, TrainingData data, string folder, ILogger log)
    {
        using var scope = torch.NewDisposeScope();
        using var networks = new NetworkSet();
        var config = new VoiceConfig(
            data.Mel, checkpoint.Sizes<AcousticConfig>("decoder"), checkpoint.Sizes<PhonemeBertConfig>("bert"),
            checkpoint.Sizes<ProsodyConfig>("predictor"), checkpoint.Sizes<DiffusionConfig>("diffusion"),
            checkpoint.State.Measures["sigma_data"], checkpoint.State.SymbolTable, Name: data.Dataset.Description.Corpus);
        var speech = SpeechNetworks.Create(networks, config.Acoustic, config.Bert, config.Prosody, config.Diffusion, config.Mel, TrainingData.Symbols);
        networks.Load(checkpoint);
        networks.Train();
        var styles = StyleCentroids.Measure(speech, data);
        config = config with { DefaultStyle = styles.Keys.Order(StringComparer.Ordinal).First() };
        Voice.Write(folder, networks.Flat, styles);
        File.WriteAllText(Path.Combine(folder, Voice.ConfigFile), ConfigWriter.ToYaml(new ConfigFile(Kind, config)));
        log.Information("voice in {Folder} with the styles {Styles:l}", folder, string.Join(", ", styles.Keys.Order(StringComparer.Ordinal)));
    }
}
