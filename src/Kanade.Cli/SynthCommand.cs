using System.CommandLine;
using System.Text.Json;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Text;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Cli;

/// <summary><c>kanade synth</c>: speak a text, symbols or ids with a voice.</summary>
static class SynthCommand
{
    public static Command Create(CommandContext context)
    {
        var text = new Argument<string?>("text") { Description = "What to say.", Arity = ArgumentArity.ZeroOrOne };
        var symbols = new Option<string?>("--symbols") { Description = "Instead of a text: the symbols that the networks read. The pad that the voice was trained with is put around them: id 0 in front, and for voices that were not imported at the end too.", HelpName = "phonemes" };
        var ids = new Option<string?>("--ids") { Description = "Instead of a text: a JSON file with an array of symbol ids, taken as they are: nothing is put around them.", HelpName = "json" };
        var voice = new Option<string>("--voice") { Description = "The folder of a voice, or a run of train-second.", HelpName = "folder", Required = true };
        var output = new Option<string>("--out") { Description = "The WAV file to write.", HelpName = "wav", DefaultValueFactory = _ => "out.wav" };
        var style = new Option<string?>("--style") { Description = "A style of the voice by name, or file.safetensors[:name] with 256 numbers.", HelpName = "style" };
        var reference = new Option<string?>("--reference") { Description = "A recording whose style is spoken.", HelpName = "wav" };
        var steps = new Option<int>("--diffusion-steps") { Description = "Draw the style in so many steps, told of the given one; 0 speaks the given one.", HelpName = "n" };
        var alpha = Number("--alpha", "How much of the acoustic half is drawn.", 0.3);
        var beta = Number("--beta", "How much of the prosodic half is drawn.", 0.7);
        var scale = Number("--embedding-scale", "How closely a drawn style follows the text; 1 is neutral.", 1);
        var speed = Number("--speed", "Speaking rate; 2 is twice as fast.", 1);
        var noise = Number("--source-noise", "Scale of the decoder's noise; 0 switches it off.", 1);
        var seed = VerbOptions.Seed();
        var dump = new Option<string?>("--dump") { Description = "Also write tensors: durations (aligner frames, before rounding), frames, f0 (Hz), energy, style and waveform (all that the decoder gives; the original's notebooks cut its last 50 samples).", HelpName = "safetensors" };
        var plot = new Option<string?>("--plot") { Description = "Also draw mel spectrogram, pitch and symbol times.", HelpName = "png" };
        var format = new Option<string>("--format") { Description = "pcm16 or f32.", HelpName = "format", DefaultValueFactory = _ => "pcm16" };
        format.AcceptOnlyFromAmong("pcm16", "f32");
        var json = VerbOptions.Json();
        var command = new Command("synth", "Speak a text.")
        {
            text, symbols, ids, voice, output, style, reference, steps, alpha, beta, scale, speed, noise, seed, dump, plot, format, json,
        };
        var reading = new ReadingOptions();
        reading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (new[] { result.GetValue(text), result.GetValue(symbols), result.GetValue(ids) }.Count(x => x is not null) != 1)
                result.AddError("give one of: a text, --symbols, --ids");
            if (result.GetValue(style) is not null && result.GetValue(reference) is not null)
                result.AddError("give one of: --style, --reference");
        });
        // On the options: a command's validators see 0 where an option is left to its default.
        steps.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError("--diffusion-steps must not be below 0");
        });
        speed.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is > 0 and < 100))
                result.AddError("--speed must lie above 0 and below 100");
        });
        command.SetAction(parsed =>
        {
            var (sequence, padded) = Symbols(parsed.GetValue(text), parsed.GetValue(symbols), parsed.GetValue(ids), reading.Of(parsed), context);
            var outPath = parsed.GetRequiredValue(output);
            var options = new SpeakingOptions(
                new StyleSampling(parsed.GetValue(steps), parsed.GetValue(alpha), parsed.GetValue(beta), parsed.GetValue(scale), parsed.GetValue(seed) ?? 0),
                parsed.GetValue(speed), parsed.GetValue(noise), parsed.GetValue(seed) ?? 0);
            using var opened = VoiceFolder.Open(parsed.GetRequiredValue(voice));
            using var scope = NewDisposeScope();
            var synthesizer = new Synthesizer(opened);
            var speech = synthesizer.Speak(padded ? sequence : opened.Pad(sequence), Style(opened, synthesizer, parsed.GetValue(style), parsed.GetValue(reference)), options);
            WavFile.Write(outPath, speech.Waveform, parsed.GetRequiredValue(format) == "f32" ? WavEncoding.Float32 : WavEncoding.Pcm16);
            if (parsed.GetValue(dump) is { } tensors)
                Dump(tensors, speech);
            if (parsed.GetValue(plot) is { } picture)
                File.WriteAllBytes(picture, SpeechPlot.Draw(speech, opened.Config.Mel));
            var seconds = (double)speech.Waveform.Samples.Length / speech.Waveform.SampleRate;
            if (parsed.GetValue(json))
                context.WriteJson(new { Out = outPath, Seconds = seconds, speech.Waveform.SampleRate, Symbols = SymbolTable.SymbolsOf(speech.Ids), speech.Frames });
            else
                context.Log.Information("{Out:l}: {Seconds:F2} s at {Rate} Hz", outPath, seconds, speech.Waveform.SampleRate);
            return ExitCode.Done;
        });
        return command;
    }

    static Option<double> Number(string name, string description, double value) =>
        new(name) { Description = description, HelpName = "x", DefaultValueFactory = _ => value };

    /// <returns>The ids, and whether they are to be taken as they are.</returns>
    static (int[] Ids, bool Padded) Symbols(string? text, string? symbols, string? idsFile, FrontendOptions reading, CommandContext context)
    {
        if (idsFile is not null)
        {
            try
            {
                return JsonSerializer.Deserialize<int[]>(File.ReadAllBytes(idsFile)) is { Length: > 0 } ids ? (ids, true) : throw new InvalidDataException($"{idsFile}: no ids");
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{idsFile}: not a JSON array of whole numbers ({e.Message.ReplaceLineEndings(" ")})", e);
            }
        }
        if (symbols is not null)
        {
            var unknown = symbols.EnumerateRunes().Where(r => SymbolTable.IdOf(r) < 0).Distinct().ToArray();
            if (unknown.Length > 0)
                throw new InvalidDataException($"--symbols: not in the symbol table: {string.Join(" ", unknown)}");
            return ([.. symbols.EnumerateRunes().Select(SymbolTable.IdOf)], false);
        }
        using var frontend = JapaneseFrontend.Open(reading);
        var read = frontend.Phonemize(text!);
        if (read.Unread.Count > 0)
            context.Log.Warning("not read: {Unread:l}", string.Join(" ", read.Unread));
        return read.Phrases.Count > 0 ? ([.. read.Ids.Skip(1).SkipLast(1)], false) : throw new InvalidDataException($"the text has nothing speakable: '{text}'");
    }

    static Tensor Style(Voice voice, Synthesizer synthesizer, string? style, string? reference)
    {
        if (reference is not null)
            return synthesizer.StyleOf(AudioFile.Read(reference));
        if (style is null || voice.Styles.Contains(style))
            return voice.Style(style);
        var colon = style.LastIndexOf(':');
        var (path, name) = colon > 0 && !File.Exists(style) ? (style[..colon], style[(colon + 1)..]) : (style, null);
        if (!File.Exists(path))
            return voice.Style(style); // names the styles that it has
        using var file = SafeTensorsFile.Open(path);
        var chosen = name ?? file.Names.FirstOrDefault() ?? throw new InvalidDataException($"{path}: holds no tensor");
        var tensor = file.Read(chosen);
        return tensor.numel() == Voice.StyleSize
            ? tensor.to(ScalarType.Float32).reshape(1, Voice.StyleSize)
            : throw new InvalidDataException($"{path}: {chosen} has {tensor.numel()} numbers, a style vector has {Voice.StyleSize}");
    }

    static void Dump(string path, Speech speech) => SafeTensors.Write(path, new Dictionary<string, Tensor>
    {
        ["durations"] = tensor(speech.Durations),
        ["frames"] = tensor(speech.Frames.Select(f => (long)f).ToArray()),
        ["f0"] = tensor(speech.F0),
        ["energy"] = tensor(speech.Energy),
        ["style"] = tensor(speech.Style),
        ["waveform"] = tensor(speech.Waveform.Samples),
    });
}
