using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using CsCheck;
using Kanade.Audio;

namespace Kanade.Tests.Audio;

public sealed class AudioFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kanade-audio").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string At(string name) => Path.Combine(_folder, name);

    static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (i - count / 2) / (float)count)];

    /// <summary>A WAV file of any kind; <paramref name="sample"/> writes sample i of a frame's channels.</summary>
    static byte[] Wav(int tag, int channels, int bits, int frames, Action<BinaryWriter, int> sample, int rate = 24000, bool extensible = false, uint? dataSize = null)
    {
        var stream = new MemoryStream();
        using var w = new BinaryWriter(stream, Encoding.ASCII);
        var size = (uint)(frames * channels * bits / 8);
        w.Write("RIFF"u8);
        w.Write(36 + size);
        w.Write("WAVEfmt "u8);
        w.Write(extensible ? 40 : 16);
        w.Write((short)(extensible ? -2 : tag));
        w.Write((short)channels);
        w.Write(rate);
        w.Write(rate * channels * bits / 8);
        w.Write((short)(channels * bits / 8));
        w.Write((short)bits);
        if (extensible)
        {
            w.Write((short)22);
            w.Write((short)bits);
            w.Write(0);
            w.Write((short)tag);
            w.Write([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        }
        w.Write("LIST"u8);
        w.Write(5); // an odd size, which is filled up
        w.Write([1, 2, 3, 4, 5, 0]);
        w.Write("data"u8);
        w.Write(dataSize ?? size);
        for (var i = 0; i < frames * channels; i++)
            sample(w, i);
        return stream.ToArray();
    }

    static void Int24(BinaryWriter w, int value)
    {
        w.Write((byte)value);
        w.Write((byte)(value >> 8));
        w.Write((byte)(value >> 16));
    }

    [Theory]
    [InlineData(1, 8, false)]
    [InlineData(1, 16, false)]
    [InlineData(1, 16, true)]
    [InlineData(1, 24, false)]
    [InlineData(1, 24, true)]
    [InlineData(1, 32, false)]
    [InlineData(3, 32, false)]
    [InlineData(3, 32, true)]
    [InlineData(3, 64, false)]
    public void Every_kind_of_plain_wav_gives_the_samples_that_were_written(int tag, int bits, bool extensible)
    {
        var wanted = Ramp(200);
        File.WriteAllBytes(At("x.wav"), Wav(tag, 1, bits, 200, (w, i) =>
        {
            switch (tag, bits)
            {
                case (1, 8): w.Write((byte)(128 + wanted[i] * 128)); break;
                case (1, 16): w.Write((short)(wanted[i] * 32768)); break;
                case (1, 24): Int24(w, (int)(wanted[i] * 8388608)); break;
                case (1, 32): w.Write((int)(wanted[i] * 2147483648.0)); break;
                case (3, 32): w.Write(wanted[i]); break;
                default: w.Write((double)wanted[i]); break;
            }
        }, extensible: extensible));
        var read = AudioFile.Read(At("x.wav"));
        Assert.Equal(24000, read.SampleRate);
        Assert.Equal(200, read.Samples.Length);
        for (var i = 0; i < 200; i++)
            Assert.Equal(wanted[i], read.Samples[i], bits == 8 ? 1 / 128f : 1 / 16384f);
    }

    [Fact]
    public void Channels_are_averaged_and_the_fourth_of_six_is_left_out()
    {
        float[] frame = [0.6f, 0.2f, 0.1f, 0.9f, 0.05f, 0.05f];
        File.WriteAllBytes(At("x.wav"), Wav(3, 6, 32, 4, (w, i) => w.Write(frame[i % 6])));
        Assert.All(AudioFile.Read(At("x.wav")).Samples, x => Assert.Equal(0.2f, x, 6));
        File.WriteAllBytes(At("y.wav"), Wav(3, 2, 32, 4, (w, i) => w.Write(i % 2 == 0 ? 0.5f : 0.25f)));
        Assert.All(AudioFile.Read(At("y.wav")).Samples, x => Assert.Equal(0.375f, x, 6));
    }

    [Fact]
    public void Float32_round_trips_bit_for_bit_and_16_bits_within_half_a_step() =>
        Gen.Float[-1, 1].Array[0, 3000].Sample(samples =>
        {
            using var stream = new MemoryStream();
            WavFile.Write(stream, new(samples, 22050), WavEncoding.Float32);
            stream.Position = 0;
            using var exact = WavReader.TryOpen(stream, "x")!;
            Assert.Equal(samples, exact.ReadToEnd().Samples);
            Assert.All(Pcm16.Decode(Pcm16.Encode(samples)).Zip(samples), p => Assert.Equal(p.Second, p.First, 1.01f / 32768));
        }, iter: 50, threads: 1);

    [Fact]
    public void A_written_file_replaces_the_old_one_whole_and_leaves_nothing_beside_it()
    {
        WavFile.Write(At("x.wav"), new(Ramp(1000), 24000));
        WavFile.Write(At("x.wav"), new(Ramp(10), 24000));
        Assert.Equal(10, AudioFile.Read(At("x.wav")).Samples.Length);
        Assert.Equal(["x.wav"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_program_that_wrote_into_a_pipe_left_no_size_and_is_read_to_the_end()
    {
        foreach (var size in new[] { 0u, 0xFFFFFFFFu })
        {
            File.WriteAllBytes(At("x.wav"), Wav(1, 1, 16, 50, (w, i) => w.Write((short)i), dataSize: size));
            Assert.Equal(50, AudioFile.Read(At("x.wav")).Samples.Length);
        }
    }

    [Fact]
    public void A_broken_wav_says_what_is_wrong_with_it()
    {
        var whole = Wav(1, 1, 16, 1000, (w, i) => w.Write((short)i));
        void Rejects(byte[] content, string because)
        {
            File.WriteAllBytes(At("x.wav"), content);
            var e = Assert.Throws<InvalidDataException>(() => AudioFile.Read(At("x.wav")));
            Assert.StartsWith(At("x.wav"), e.Message, StringComparison.Ordinal);
            Assert.Contains(because, e.Message, StringComparison.Ordinal);
        }
        Rejects([], "empty");
        Rejects(whole[..10], "cut off");
        Rejects(whole[..30], "cut off");
        Rejects(whole[..500], "promises 2000 bytes of sound");
        var silly = (byte[])whole.Clone();
        BinaryPrimitives.WriteInt32LittleEndian(silly.AsSpan(24), 0);
        Rejects(silly, "0 Hz");
        Rejects("hello, this is no sound at all"u8.ToArray(), "not sound");
    }

    [Fact]
    public void A_folder_with_the_name_of_a_recording_is_said_to_be_one()
    {
        Directory.CreateDirectory(At("x.wav"));
        Assert.Contains("folder", Assert.Throws<InvalidDataException>(() => AudioFile.Read(At("x.wav"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_content_decides_not_the_extension()
    {
        File.WriteAllBytes(At("x.mp3"), Wav(1, 1, 16, 50, (w, i) => w.Write((short)i)));
        Assert.Equal(50, AudioFile.Read(At("x.mp3")).Samples.Length);
    }

    [Fact]
    public void Flac_gives_the_samples_of_the_wav_it_was_made_from()
    {
        WavFile.Write(At("x.wav"), new(Ramp(5000), 24000));
        Run("ffmpeg", "-loglevel", "error", "-nostdin", "-i", At("x.wav"), At("x.flac"));
        Assert.Equal(AudioFile.Read(At("x.wav")).Samples, AudioFile.Read(At("x.flac")).Samples);
    }

    [Theory]
    [InlineData("ogg", 44100)]
    [InlineData("opus", 48000)]
    [InlineData("mp3", 44100)]
    [InlineData("aiff", 44100)]
    [InlineData("m4a", 44100)] // not libsndfile's: by ffmpeg
    public void Other_formats_give_the_same_tone(string extension, int rate)
    {
        var tone = new float[rate];
        for (var i = 0; i < rate; i++)
            tone[i] = 0.5f * MathF.Sin(2 * MathF.PI * 440 * i / rate);
        WavFile.Write(At("x.wav"), new(tone, rate));
        Run("ffmpeg", "-loglevel", "error", "-nostdin", "-i", At("x.wav"), At("x." + extension));
        var read = AudioFile.Read(At("x." + extension));
        Assert.Equal(rate, read.SampleRate);
        Assert.Equal(1, read.Seconds, 1);
        var middle = read.Samples.AsSpan(rate / 4, rate / 2).ToArray();
        Assert.InRange(Math.Sqrt(middle.Average(x => (double)x * x)), 0.33, 0.37); // lossy
    }

    [Fact]
    public void Reading_goes_on_where_it_was_sent()
    {
        File.WriteAllBytes(At("x.wav"), Wav(1, 2, 16, 5000, (w, i) => w.Write((short)(i / 2))));
        File.WriteAllBytes(At("x.raw"), [.. Enumerable.Range(0, 10_000).SelectMany(i => BitConverter.GetBytes((short)(i / 2)))]);
        Run("ffmpeg", "-loglevel", "error", "-nostdin", "-f", "s16le", "-ar", "24000", "-ac", "2", "-i", At("x.raw"), At("x.flac"));
        foreach (var name in new[] { "x.wav", "x.flac" })
        {
            using var reader = AudioReader.Open(At(name));
            reader.Seek(4000);
            var left = reader.ReadToEnd(mostFrames: 10);
            Assert.Equal(Enumerable.Range(4000, 10).Select(i => i / 32768f), left.Samples);
        }
    }

    [Fact]
    public void The_length_that_an_mp3_claims_is_not_believed()
    {
        WavFile.Write(At("x.wav"), new(Ramp(44100), 44100));
        foreach (var extension in new[] { "mp3", "flac" })
            Run("ffmpeg", "-loglevel", "error", "-nostdin", "-i", At("x.wav"), At("x." + extension));
        using var mp3 = AudioReader.Open(At("x.mp3"));
        using var flac = AudioReader.Open(At("x.flac"));
        Assert.Equal((-1, 44100), (mp3.Frames, flac.Frames));
        Assert.Equal(1, mp3.ReadToEnd().Seconds, 1);
    }

    static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
    }
}
