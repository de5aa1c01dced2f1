using System.CommandLine;
using System.Globalization;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Torch;

namespace Kanade.Cli;

/// <summary><c>kanade inspect</c>: what is in a dataset, a checkpoint or a voice.</summary>
static class InspectCommand
{
    public static Command Create(CommandContext context)
    {
        var path = new Argument<string>("path") { Description = "A dataset, a checkpoint (or the run it belongs to), or a voice." };
        var id = new Option<string?>("--id") { Description = "One utterance of a dataset.", HelpName = "id" };
        var wav = new Option<string?>("--wav") { Description = "With --id: write its sound.", HelpName = "wav" };
        var plot = new Option<string?>("--plot") { Description = "With --id: draw its spectrogram and pitch.", HelpName = "png" };
        var frames = new Option<string?>("--frames") { Description = "With --id: write time, F0 and energy of each frame.", HelpName = "tsv" };
        var json = VerbOptions.Json();
        var command = new Command("inspect", "What is in a dataset, a checkpoint or a voice.") { path, id, wav, plot, frames, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is null && (result.GetValue(wav) ?? result.GetValue(plot) ?? result.GetValue(frames)) is not null)
                result.AddError("--wav, --plot and --frames belong to --id");
        });
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(path);
            var asJson = parsed.GetValue(json);
            if (!Directory.Exists(folder))
                throw new DirectoryNotFoundException($"{folder}: there is no such folder");
            if (File.Exists(Path.Combine(folder, Voice.ConfigFile)))
                ShowVoice(context, folder, asJson);
            else if (Checkpoint.Exists(folder))
                ShowCheckpoint(context, folder, asJson);
            else
            {
                using var dataset = Dataset.Open(folder);
                if (parsed.GetValue(id) is { } name)
                    ShowUtterance(context, dataset, name, parsed.GetValue(wav), parsed.GetValue(plot), parsed.GetValue(frames), asJson);
                else
                    ShowDataset(context, dataset, asJson);
            }
            return ExitCode.Done;
        });
        return command;
    }

    static void ShowDataset(CommandContext context, Dataset dataset, bool json)
    {
        var rejects = Manifest.ReadRejects(Path.Combine(dataset.Folder, "rejects.parquet"));
        var d = dataset.Description;
        if (json)
        {
            context.WriteJson(new { Kind = "dataset", d.Utterances, d.Seconds, d.Speakers, d.Styles, d.Splits, Rejects = rejects, d.Config.Mel.SampleRate, d.Tool, d.SymbolTable, d.Layout });
            return;
        }
        var o = context.Output;
        o.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dataset of {d.Corpus} ({d.Layout}), {d.Tool}, {d.Config.Mel.SampleRate} Hz"));
        o.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{d.Utterances} utterances, {Time(d.Seconds)}, in {d.Shards} shards"));
        foreach (var (title, of) in new (string, Func<Utterance, string>)[] { ("speaker", u => u.Speaker), ("style", u => u.Style), ("split", u => Manifest.Name(u.Split)) })
            foreach (var group in dataset.All.GroupBy(of).OrderBy(g => g.Key, StringComparer.Ordinal))
                o.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {title,-8} {(group.Key.Length > 0 ? group.Key : "-"),-24} {group.Count(),8} {Time(group.Sum(u => u.Seconds)),12}"));
        foreach (var (title, of) in new (string, Func<Utterance, double>)[]
            { ("seconds", u => u.Seconds), ("LUFS", u => u.Quality.LoudnessLufs), ("SNR dB", u => u.Quality.SignalToNoiseDb), ("F0 Hz", u => u.Quality.F0MedianHz), ("morae/s", u => u.Quality.MoraePerSecond) })
        {
            var values = dataset.All.Select(of).Order().ToArray();
            o.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {title,-8} {values[0],8:F1} to {values[^1]:F1}, median {values[values.Length / 2]:F1}"));
        }
        o.WriteLine($"{rejects.Count} rejected");
        foreach (var group in rejects.GroupBy(r => r.Reason).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            o.WriteLine($"  {group.Key}: {group.Count()}");
            foreach (var reject in group.Take(5))
                o.WriteLine($"    {reject.Source}: {reject.Detail}");
        }
    }

    static void ShowUtterance(CommandContext context, Dataset dataset, string id, string? wav, string? plot, string? frames, bool json)
    {
        var utterance = dataset.All.FirstOrDefault(u => u.Id == id)
            ?? throw new InvalidDataException($"{dataset.Folder}: no utterance '{id}'; the first are {string.Join(", ", dataset.All.Take(3).Select(u => u.Id))}");
        var features = dataset.Read(utterance);
        if (wav is not null)
            WavFile.Write(wav, new(features.Samples, utterance.SampleRate), dataset.Config.Samples == SampleFormat.Pcm16 ? WavEncoding.Pcm16 : WavEncoding.Float32);
        if (plot is not null)
            File.WriteAllBytes(plot, SpectrogramPicture.Draw(features.Samples, features.F0, dataset.Config.Mel));
        if (frames is not null)
            File.WriteAllLines(frames, features.F0.Select((f0, i) => string.Create(CultureInfo.InvariantCulture,
                $"{i * dataset.Config.Mel.HopLength / (double)utterance.SampleRate:F4}\t{f0:F3}\t{features.Energy[i]:F4}")).Prepend("seconds\tf0\tenergy"));
        if (json)
            context.WriteJson(utterance with { Phrases = "" });
        else
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{utterance.Id}\n  {utterance.Speaker} {utterance.Style}\n  {utterance.Text}\n  {utterance.Symbols}\n  {utterance.Seconds:F2} s, {utterance.Frames} frames, {Manifest.Name(utterance.Split)}\n  {utterance.Quality}\n  {utterance.Source} {utterance.SourceSha256}"));
    }

    static void ShowCheckpoint(CommandContext context, string folder, bool json)
    {
        var checkpoint = Checkpoint.Open(folder);
        var parts = checkpoint.Parts.ToDictionary(p => p, p => Count(Path.Combine(checkpoint.Folder, p + ".safetensors")));
        var state = checkpoint.State;
        if (json)
        {
            context.WriteJson(new { Kind = "checkpoint", checkpoint.Folder, state.Stage, state.Step, Numbers = parts });
            return;
        }
        context.Output.WriteLine($"checkpoint of {state.Stage}, step {state.Step}: {checkpoint.Folder}");
        foreach (var (part, count) in parts)
            context.Output.WriteLine($"  {part,-28} {count,12} numbers");
    }

    static void ShowVoice(CommandContext context, string folder, bool json)
    {
        using var voice = VoiceFolder.Open(folder);
        var tensors = Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).ToDictionary(f => Path.GetFileNameWithoutExtension(f)!, Count);
        if (json)
        {
            context.WriteJson(new { Kind = "voice", voice.Config.Name, voice.Config.Mel.SampleRate, voice.Styles, voice.Config.DefaultStyle, Numbers = tensors });
            return;
        }
        context.Output.WriteLine($"voice {voice.Config.Name}, {voice.Config.Mel.SampleRate} Hz, styles {string.Join(", ", voice.Styles)}");
        foreach (var (part, count) in tensors)
            context.Output.WriteLine($"  {part,-28} {count,12} numbers");
    }

    static long Count(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return file.Names.Sum(n => file.Shape(n).Aggregate(1L, (a, b) => a * b));
    }

    static string Time(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)}:{(int)(seconds / 60) % 60:D2}:{seconds % 60:00.0}");
}
