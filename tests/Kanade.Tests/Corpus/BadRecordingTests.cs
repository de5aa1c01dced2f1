using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Kanade.Audio;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

/// <summary>A bad recording is a row in the rejects, with its reason, and never an exception.</summary>
[Collection(nameof(Alone))]
[SupportedOSPlatform("linux")]
public sealed partial class BadRecordingTests : IDisposable
{
    readonly CorpusFixture _f = new();

    public void Dispose()
    {
        if (new FileInfo(_f.At("bad.wav")) is { Exists: true, LinkTarget: null })
            File.SetUnixFileMode(_f.At("bad.wav"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _f.Dispose();
    }

    /// <summary>Preprocesses a good recording and the bad one and gives the reject of the bad one.</summary>
    RejectedRecording Reject(string text = "今日はいい天気ですね。", PreprocessConfig? config = null)
    {
        _f.Speak("good.wav", 0.9f);
        _f.Write("good.txt", "今日はいい天気ですね。");
        _f.Write("bad.txt", text);
        var rejects = _f.Preprocess(config);
        using var dataset = Dataset.Open(_f.Dataset);
        Assert.Equal("good.wav", Assert.Single(dataset.All).Source);
        var reject = Assert.Single(rejects);
        Assert.Equal("bad.wav", reject.Source);
        return reject;
    }

    void Bad(Func<float[], float[]> change, int rate = 24000) => WavFile.Write(_f.At("bad.wav"), new(change((float[])CorpusFixture.Speech.Samples.Clone()), rate), WavEncoding.Float32);

    [Fact]
    public void An_empty_file()
    {
        File.WriteAllBytes(_f.At("bad.wav"), []);
        Assert.Equal(new("bad.wav", "unreadable", "the file is empty"), Reject());
    }

    [Theory]
    [InlineData(20)]
    [InlineData(10000)]
    public void A_truncated_header_or_truncated_data(int bytes)
    {
        _f.Speak("bad.wav");
        File.WriteAllBytes(_f.At("bad.wav"), File.ReadAllBytes(_f.At("bad.wav"))[..bytes]);
        var reject = Reject();
        Assert.Equal("unreadable", reject.Reason);
        Assert.Contains("cut off", reject.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flac_that_breaks_off_in_the_middle()
    {
        var bytes = File.ReadAllBytes(SampleCorpus.Recording("mei_01.flac"));
        File.WriteAllBytes(_f.At("bad.wav"), bytes[..(bytes.Length / 2)]);
        Assert.Equal("unreadable", Reject().Reason);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Samples_that_are_no_numbers(float value)
    {
        Bad(s =>
        {
            s[s.Length / 2] = value;
            return s;
        });
        Assert.Equal("not_finite", Reject().Reason);
    }

    [Fact]
    public void A_text_with_the_name_of_a_recording()
    {
        _f.Write("bad.wav", "this is not sound, whatever it is called");
        Assert.Equal("unreadable", Reject().Reason);
    }

    [Fact]
    public void A_rate_in_the_header_that_is_wrong()
    {
        Bad(s => s, rate: 192000); // the voice is eight times too fast
        Assert.Equal("too_fast", Reject().Reason);
        Bad(s => s, rate: 4000);
        Assert.Equal("low_rate", Reject().Reason);
    }

    [Fact]
    public void A_tenth_of_a_second()
    {
        Bad(s => s[12000..14400]);
        Assert.Equal("too_short", Reject("あ").Reason);
    }

    [Fact]
    public void Pure_silence()
    {
        Bad(s => new float[s.Length]);
        Assert.Equal("silent", Reject().Reason);
    }

    [Fact]
    public void Full_scale_noise()
    {
        var random = new Random(1);
        Bad(s => Array.ConvertAll(s, _ => (float)(2 * random.NextDouble() - 1)));
        Assert.Equal("noisy", Reject().Reason);
    }

    [Fact]
    public void Speech_under_noise()
    {
        var random = new Random(1);
        Bad(s => Array.ConvertAll(s, x => x + 0.02f * (float)(2 * random.NextDouble() - 1)));
        Assert.Equal("noisy", Reject(config: PreprocessConfig.Default with { Quality = new(LeastSignalToNoiseDb: 25) }).Reason);
    }

    [Fact]
    public void Clipped_speech()
    {
        Bad(s => Array.ConvertAll(s, x => Math.Clamp(8 * x, -0.5f, 0.5f)));
        Assert.Equal("clipped", Reject().Reason);
    }

    [Fact]
    public void Sound_that_was_once_at_a_lower_rate()
    {
        Bad(s => Resampler.Resample(Resampler.Resample(new(s, 24000), 8000), 24000).Samples);
        var reject = Reject();
        Assert.Equal("narrow_band", reject.Reason);
        Assert.InRange(int.Parse(reject.Detail.Split(' ')[4], null), 3500, 4300);
    }

    [Fact]
    public void More_or_less_text_than_is_said()
    {
        _f.Speak("bad.wav");
        Assert.Equal("too_fast", Reject(string.Concat(Enumerable.Repeat("今日はいい天気ですね。", 3))).Reason);
        Assert.Equal("too_slow", Reject("お").Reason);
    }

    [Fact]
    public void Texts_that_cannot_be_spoken()
    {
        _f.Speak("bad.wav");
        Assert.Equal("nothing_spoken", Reject("……！？").Reason);
        Assert.Equal("unreadable_text", Reject("今日は ทดสอบ です").Reason);
        Assert.Equal("no_transcript", Reject(" \r\n").Reason);
    }

    [Fact]
    public void A_recording_that_is_much_too_long_is_never_held_in_memory()
    {
        using (var file = File.Create(_f.At("bad.wav")))
        {
            WavFile.Write(file, new(new float[1000], 8000));
            file.Position = 4;
            file.Write(BitConverter.GetBytes(2_000_000_036u));
            file.Position = 40;
            file.Write(BitConverter.GetBytes(2_000_000_000u));
            file.SetLength(2_000_000_044L); // 34 hours, most of them a hole in the file
        }
        var before = GC.GetTotalAllocatedBytes();
        Assert.Equal("too_long", Reject().Reason);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 500_000_000);
    }

    [Fact]
    public void A_link_that_leads_nowhere()
    {
        File.CreateSymbolicLink(_f.At("bad.wav"), "/nowhere/at/all");
        Assert.Equal("unreadable", Reject().Reason);
    }

    [Fact]
    public void A_loop_of_links()
    {
        File.CreateSymbolicLink(_f.At("bad.wav"), _f.At("bad2.wav"));
        File.CreateSymbolicLink(_f.At("bad2.wav"), _f.At("bad.wav"));
        _f.Speak("good.wav");
        _f.Write("good.txt", "今日はいい天気ですね。");
        _f.Write("bad.txt", "あ");
        _f.Write("bad2.txt", "あ");
        Assert.Equal(["bad.wav", "bad2.wav"], _f.Preprocess().Select(r => r.Source));
    }

    [Fact]
    public void A_file_that_may_not_be_read()
    {
        _f.Speak("bad.wav");
        File.SetUnixFileMode(_f.At("bad.wav"), UnixFileMode.None);
        // The superuser may read everything: a thread of its own is somebody else for a moment.
        Outcome? outcome = null;
        var somebody = new Thread(() =>
        {
            var superuser = Environment.UserName == "root";
            if (superuser)
                _ = SetFileUser(65534);
            using var processor = new RecordingProcessor(PreprocessConfig.Default, null);
            outcome = processor.Process(new("bad", "bad.wav", _f.Corpus, "", "a", "x", ""));
            if (superuser)
                _ = SetFileUser(0);
        });
        somebody.Start();
        somebody.Join();
        Assert.Equal(new("bad.wav", "unreadable", "no permission to read it"), outcome!.Rejection);
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(uint user);

    [Fact]
    public void A_folder_with_the_name_of_a_recording()
    {
        Directory.CreateDirectory(_f.At("bad.wav"));
        _f.Speak("good.wav");
        _f.Write("list.tsv", "audio\ttext\ngood.wav\t今日はいい天気ですね。\nbad.wav\tあ\n");
        Assert.Equal(["bad.wav"], _f.Preprocess().Select(r => r.Source));
    }

    [Fact]
    public void Every_width_of_samples_and_six_channels_are_good()
    {
        foreach (var (format, channels) in new[] { ("pcm_u8", 1), ("pcm_s16le", 2), ("pcm_s24le", 1), ("pcm_s32le", 1), ("pcm_f32le", 1), ("pcm_f64le", 1), ("pcm_s16le", 6) })
        {
            var name = $"{format}{channels}";
            using var process = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-i", SampleCorpus.Recording("takumi_01.flac"), "-ac", $"{channels}", "-c:a", format, _f.At(name + ".wav")]);
            process.WaitForExit();
            _f.Write(name + ".txt", "今日はいい天気ですね。");
        }
        // 8 bits are noisy; the other copies of one sound differ by less than their rounding, or not at all.
        var rejects = _f.Preprocess(PreprocessConfig.Default with { Quality = new(LeastSignalToNoiseDb: 5, Duplicates: false) });
        Assert.Empty(rejects);
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_half_written_and_the_next_run_goes_on()
    {
        _f.Speak("a.wav");
        _f.Write("a.txt", "今日はいい天気ですね。");
        var obstacle = Directory.CreateDirectory(Path.Combine(_f.Dataset, "shards", "00000.parquet")).FullName;
        Assert.IsType<IOException>(Record.Exception(() => _f.Preprocess()), exactMatch: false);
        Assert.Empty(Directory.GetFiles(_f.Dataset, "*.part", SearchOption.AllDirectories));
        Assert.False(File.Exists(Path.Combine(_f.Dataset, "dataset.json")));
        Directory.Delete(obstacle);
        Assert.Empty(_f.Preprocess());
        Assert.Single(Dataset.Open(_f.Dataset).All);
    }

    [Fact]
    public void A_disk_that_is_really_full_is_said_to_be_and_the_next_run_goes_on()
    {
        Directory.CreateDirectory(_f.Dataset);
        if (!Mounts("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _f.Dataset))
            return; // only the superuser can make a small disk; the test below fills a file instead
        try
        {
            var e = Assert.IsType<IOException>(Record.Exception(() => Run(_f.Dataset)));
            Assert.Contains("the disk is full: free some space", e.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(_f.Dataset, "*.part", SearchOption.AllDirectories));
            Assert.False(File.Exists(Path.Combine(_f.Dataset, "dataset.json")));
            Assert.True(Mounts("mount", "-o", "remount,size=64m", _f.Dataset));
            Run(_f.Dataset);
            Assert.Equal(16, Dataset.Open(_f.Dataset).All.Count);
        }
        finally
        {
            Assert.True(Mounts("umount", _f.Dataset));
        }

        void Run(string dataset)
        {
            var lines = File.ReadAllLines(Path.Combine(SampleCorpus.Folder, "metadata.tsv"))[..17];
            foreach (var line in lines[1..])
                File.Copy(Path.Combine(SampleCorpus.Folder, line.Split('\t')[0]), _f.At(line.Split('\t')[0]), overwrite: true);
            _f.Write("metadata.tsv", string.Join('\n', lines));
            new Preprocessor(PreprocessConfig.Default, new(Workers: 2), Serilog.Log.Logger).Run(_f.Corpus, dataset);
        }
        static bool Mounts(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_as_it_was()
    {
        var path = _f.At("x.json");
        File.WriteAllText(path, "old");
        var e = Record.Exception(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the n"u8);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[100_000]);
            full.Flush();
        }));
        Assert.IsType<IOException>(e, exactMatch: false);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["x.json"], Directory.GetFiles(_f.Corpus).Select(Path.GetFileName));
    }
}
